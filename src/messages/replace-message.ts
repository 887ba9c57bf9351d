import { type Actor, DIGEST_BYTES } from '../audit/index.ts';
import { type Fault, fault } from '../base/fault.ts';
import { idText } from '../base/id.ts';
import { must } from '../base/must.ts';
import { allowKinds } from './accept/allow-kinds.ts';
import { authorizeSender } from './accept/authorize-sender.ts';
import { encodeContent } from './accept/encode-content.ts';
import { keepTime } from './accept/keep-time.ts';
import type { RiverContext } from './context.ts';
import type { Submission } from './contract.ts';
import { type Draft, type Encoded, Message, type Numbered, type Routed, type Timed } from './message.ts';
import type { MessageRow } from './message-store.ts';
import type { ReplacementRow, ReplacementStore } from './replacement-store.ts';
import { stage } from './stage.ts';
import { bodyOf, flagsOf } from './write-store.ts';

/** How often one message may be replaced: each time leaves a row. */
const REVISIONS_MAX = 100;

/** What a replacement has in common with a message that is handed in; the carrier stays. */
const prepare = stage<RiverContext, Numbered>()
  .step(authorizeSender)
  .step(keepTime)
  .step(keepCarrier)
  .step(encodeContent)
  .step(allowKinds);

function keepCarrier(message: Timed): { go: 'on'; with: Routed } {
  return { go: 'on', with: message as Routed };
}

export interface Replacing {
  readonly row: MessageRow;
  /** The message as it was. */
  readonly original: Message;
  /** The message as it is to be. */
  readonly submission: Submission;
  readonly by: Actor;
}

/** Puts a message in the place of one that waits for its time. Null when that is durable. */
export async function replaceMessage(
  river: RiverContext,
  store: ReplacementStore,
  { row, original, submission, by }: Replacing,
): Promise<Message | Fault> {
  if (!original.octets || !original.outlet || row.revision >= REVISIONS_MAX) return fault('message_not_replaceable');
  const message = new Message({ ...submission, ...identityOf(row) }, submission, null);
  message.to = original.to;
  message.recipient = original.recipient;
  message.outlet = original.outlet;
  const refusal = judge(river, message);
  const why = refusal ?? (await keyless(river, message));
  if (why) return why;
  const replacement = rowOf(river, message as Encoded, row.revision + 1);
  const isDone = await store.replace(replacement, river.nodeId, entryOf(river, replacement, by));
  return isDone ? message : fault('message_not_replaceable');
}

/** With a digest of the sealed text, as the entry of a message that is accepted has one. */
function entryOf({ audit, vault }: RiverContext, { accountId, messageId, revision, body }: ReplacementRow, by: Actor) {
  const digest = Buffer.alloc(DIGEST_BYTES);
  vault.digestInto(digest, 0, body);
  const on = [`message:${idText(messageId)}`, `account:${accountId}`];
  return audit.done(by, 'message.replaced', on, { revision, digest: digest.toString('hex') });
}

/** Why what takes the place of a code cannot be sealed; null where it can, and where it is no code. */
function keyless({ codeKeys }: RiverContext, { codeEndsAtMs }: Message): Promise<Fault | null> | null {
  return codeEndsAtMs === null ? null : codeKeys.find(codeEndsAtMs);
}

const identityOf = ({ id, accountId, credentialId, from, class: messageClass, reference }: MessageRow) => ({
  id,
  accountId,
  credentialId,
  from,
  class: messageClass,
  reference,
});

function judge(river: RiverContext, message: Message): Fault | null {
  let refusal: Fault | null = null;
  prepare.run(message as Draft as Numbered, river, (_, why) => {
    refusal = why;
  });
  return refusal;
}

function rowOf({ vault, clock }: RiverContext, message: Encoded, revision: number): ReplacementRow {
  const { accountId, id, recipient, dataCoding, segments, expiresAtMs, codeEndsAtMs } = message;
  must(recipient, 'a message that was opened has its recipient');
  const plain = bodyOf(message);
  const body = Buffer.alloc(vault.sealedBytes(plain.length));
  vault.sealBodyInto(body, 0, { accountId, id, recipient, codeEndsAtMs, revision }, plain);
  const atMs = clock.now();
  return {
    accountId,
    messageId: id,
    revision,
    atMs,
    dueAtMs: message.sendAtMs || atMs,
    dataCoding,
    flags: flagsOf(message),
    segments,
    expiresAtMs,
    body,
  };
}
