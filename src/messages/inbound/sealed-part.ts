import { DIGEST_BYTES } from '../../audit/index.ts';
import type { Recipient } from '../../consent/index.ts';
import type { Vault } from '../../vault/index.ts';
import { unpackExtras } from '../extras.ts';
import type { FoundPart, WholeRow } from '../inbound-parts-store.ts';
import type { NoticeContent } from '../notify/notice.ts';
import { bodyOf, flagsOf, HAS_EXTRAS, HAS_HEADER, type StoredMessage } from '../write-store.ts';

/** A message from a handset, sealed into a row. */
export function sealMessage(vault: Vault, message: StoredMessage, carrierId: number): WholeRow {
  const body = bodyOf(message);
  const sealedBody = Buffer.allocUnsafe(vault.sealedBytes(body.length));
  vault.sealBodyInto(sealedBody, 0, message, body);
  return {
    accountId: message.accountId,
    id: message.id,
    recipientId: message.recipient.id,
    credentialId: message.credentialId,
    carrierId,
    sender: message.from,
    dataCoding: message.dataCoding,
    flags: flagsOf(message),
    sealedBody,
    segments: message.segments,
    expiresAtMs: message.expiresAtMs,
  };
}

/** Of the sealed body of a row, as the audit log has it. */
export function digestOf(vault: Vault, { sealedBody }: WholeRow): Buffer {
  const digest = Buffer.alloc(DIGEST_BYTES);
  vault.digestInto(digest, 0, sealedBody);
  return digest;
}

/** What a part says; null where its body was not read, or its keys are gone. */
export function openPart(vault: Vault, part: FoundPart, recipient: Recipient): NoticeContent | null {
  const { accountId, id, codeEndsAtMs, sealedBody, flags, dataCoding } = part;
  const body = sealedBody && vault.openBody(sealedBody, { accountId, id, recipient, codeEndsAtMs });
  if (!body) return null;
  const hasHeader = (flags & HAS_HEADER) !== 0;
  if ((flags & HAS_EXTRAS) === 0) return { octets: body, dataCoding, hasHeader, protocolId: 0, tlvs: null };
  return { ...unpackExtras(body), dataCoding, hasHeader };
}
