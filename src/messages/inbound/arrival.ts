import { DAY_MS } from '../../base/clock.ts';
import { type Id, idTimeMs } from '../../base/id.ts';
import type { InboundPart } from '../../carriers/index.ts';
import type { Recipient } from '../../consent/index.ts';
import type { Notice, NoticeContent } from '../notify/notice.ts';
import type { StoredMessage } from '../write-store.ts';

/** Something that came from a handset, for somebody here. */
export interface Arrival {
  readonly carrierId: number;
  readonly part: InboundPart;
  readonly owner: { readonly accountId: number; readonly id: number };
  /** E.164 digits. */
  readonly handset: string;
  readonly recipient: Recipient;
}

export type Whose = Pick<Arrival, 'owner' | 'handset'> & { readonly sender: string };

/** What an application is told of a message that arrived. */
export const noticeOfArrival = (
  { owner, handset, sender }: Whose,
  id: Id,
  atMs: number,
  content: NoticeContent,
): Notice => ({
  messageId: id,
  accountId: owner.accountId,
  credentialId: owner.id,
  state: 'received',
  handset,
  sender,
  reference: null,
  isOneOfMany: false,
  code: 0,
  acceptedAtMs: idTimeMs(id),
  doneAtMs: atMs,
  content,
});

/** A message that arrived, as it is stored. */
export const storedArrival = (
  { owner, recipient, part }: Arrival,
  about: { readonly id: Id; readonly atMs: number; readonly content: NoticeContent; readonly segments: number },
): StoredMessage => ({
  id: about.id,
  recipient,
  accountId: owner.accountId,
  credentialId: owner.id,
  class: 'transactional',
  dataCoding: about.content.dataCoding,
  hasHeader: about.content.hasHeader,
  wantsReceipt: true,
  failuresOnly: false,
  successOnly: false,
  wantsUnderway: false,
  isOneOfMany: false,
  serviceType: null,
  segments: about.segments,
  expiresAtMs: about.atMs + DAY_MS,
  codeEndsAtMs: null,
  from: part.to,
  reference: null,
  octets: about.content.octets,
  protocolId: about.content.protocolId,
  tlvs: about.content.tlvs,
});
