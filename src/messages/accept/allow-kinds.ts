import { fault } from '../../base/fault.ts';
import { on, refuse, type Verdict } from '../../base/verdict.ts';
import { splitTlvs } from '../../wire/smpp/raw-tlvs.ts';
import { kindsOf, type MessageKind } from '../../wire/text/kinds.ts';
import type { RiverContext } from '../context.ts';
import type { Allowed, Encoded } from '../message.ts';

const nothing: readonly MessageKind[] = [];
const noTlvs: ReturnType<typeof splitTlvs> = [];

/**
 * Whether the credential may send what does more than show words: it names each kind that the message is of. What is looked
 * at is what leaves, part by part, so that no part brings in what another does not show.
 */
export function allowKinds(message: Encoded, { refusedKinds }: RiverContext): Verdict<Allowed> {
  const kinds = kindsOf(message, message.tlvs === null ? noTlvs : splitTlvs(message.tlvs));
  if (kinds.length === 0) return on(message as Allowed);
  const { credential } = message.submission;
  const allowed = credential.capability.kinds ?? nothing;
  const missing = kinds.find((kind) => !allowed.includes(kind));
  if (missing === undefined) return on(message as Allowed);
  refusedKinds.note(credential, missing);
  return refuse(fault('kind_not_allowed', { detail: `It is of the kind ${missing}.` }));
}
