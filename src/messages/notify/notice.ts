import type { Id } from '../../base/id.ts';
import type { InboundPart } from '../../carriers/index.ts';
import type { Message } from '../message.ts';
import type { MessageState } from '../states.ts';
import type { MessageEvent } from '../write-store.ts';

/** What an application is told: what became of a message, or that one arrived for it. */
export interface Notice {
  readonly messageId: Id;
  readonly accountId: number;
  readonly credentialId: number;
  readonly state: MessageState;
  /** The person: E.164 digits. */
  readonly handset: string;
  /** Our own address: the sender of an MT message, the destination of an MO one. */
  readonly sender: string;
  readonly reference: string | null;
  /** Whether the message was one of several that an application asked for at once, under one id. */
  readonly isOneOfMany: boolean;
  readonly code: number;
  readonly acceptedAtMs: number;
  readonly doneAtMs: number;
  /** Of a message that arrived, what it says. */
  readonly content: NoticeContent | null;
}

/** The octets of a message from a handset, and what came with them. */
export type NoticeContent = Pick<InboundPart, 'octets' | 'dataCoding' | 'hasHeader' | 'protocolId' | 'tlvs'>;

/** What became of a notice that was handed to a session. */
export type Told =
  /** The application has it. */
  | 'taken'
  /** It does not take it now. */
  | 'refused'
  /** It says that it will never take it. */
  | 'rejected'
  /** The session ended without an answer. */
  | 'lost';

/** The SMPP sessions of applications, as far as notices need them. */
export interface SmppTeller {
  /**
   * Hands a notice to a session of its credential, and calls `answered` once, later. Where no session has room for it now
   * (`full`) or none receives (`nobody`), nothing is called.
   */
  tell(notice: Notice, answered: (told: Told) => void): 'told' | 'full' | 'nobody';
  /** The credentials with a session that receives. */
  receivers(): number[];
}

/** What is owed because of an event that is being recorded. */
export type Happened = Pick<MessageEvent, 'state' | 'code' | 'atMs'>;

export function noticeOf(message: Message, { state, code, atMs }: Happened): Notice {
  return {
    messageId: message.id,
    accountId: message.accountId,
    credentialId: message.credentialId,
    state,
    handset: message.to ?? '',
    sender: message.from,
    reference: message.reference,
    isOneOfMany: message.isOneOfMany,
    code,
    acceptedAtMs: message.acceptedAtMs,
    doneAtMs: atMs,
    content: state === 'received' ? contentOf(message) : null,
  };
}

const contentOf = ({ octets, dataCoding, hasHeader, protocolId, tlvs }: Message): NoticeContent => ({
  octets: octets!,
  dataCoding,
  hasHeader,
  protocolId,
  tlvs,
});
