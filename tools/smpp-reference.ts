/** Writes docs/reference/smpp.md from the tables of the SMPP side. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { otherStatuses, submitPolicy, withoutAnswer } from '../src/carriers/smpp/submit-policy.ts';
import { peerFaults } from '../src/doors/smpp/peer-faults.ts';
import { type Treatment, treatments } from '../src/doors/smpp/submitted-tlvs.ts';
import { type StatusName, statuses } from '../src/wire/smpp/statuses.ts';
import { type TlvName, tlvs } from '../src/wire/smpp/tlvs.ts';
import { kindTable } from '../src/wire/text/kinds.ts';

const HEX = 16;
const hexText = (value: number, digits: number): string => `\`0x${value.toString(HEX).padStart(digits, '0')}\``;

function tableText(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, headings.map(() => '---'), ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

const kindRows = Object.entries(kindTable).map(([kind, { why }]) => [`\`${kind}\``, why]);

const treatmentWords: Record<Treatment, string> = {
  read: 'read by the gateway',
  pass: 'passed to the carrier',
  refuse: 'refused: `parameter_not_allowed`',
};
const tlvRows = Object.entries(tlvs).map(([name, { tag }]) => [
  `\`${name}\``,
  hexText(tag, 4),
  treatmentWords[treatments[name as TlvName]],
]);

const policyRows = [
  ...Object.entries(submitPolicy).map(([name, { next, why }]) => [
    `${name} (${hexText(statuses[name as StatusName].value, 2)})`,
    next,
    why,
  ]),
  ...Object.entries(otherStatuses).map(([name, { next, why }]) => [`any other: ${name}`, next, why]),
];
const lossRows = Object.entries(withoutAnswer).map(([event, { result, why }]) => [
  event.replaceAll('_', ' '),
  result.kind === 'lost' ? 'in doubt' : 'sent again',
  why,
]);

const peerRows = Object.entries(peerFaults).map(([code, { level, words }]) => [`\`${code}\``, level, words]);

/** The text of docs/reference/smpp.md. */
export const smppPage = (): string => `# SMPP

Made from the tables of the source by \`node tools/smpp-reference.ts\`.

## Kinds of messages that need a permission

A key sends none of these unless \`--kinds\` names the kind; otherwise the message is refused with \`kind_not_allowed\`.
From \`src/wire/text/kinds.ts\`, which has the clauses by which each is told.

${tableText(['Kind', 'What it does'], kindRows)}
## Optional parameters of an application

What becomes of each TLV of a submit_sm, submit_multi or data_sm. TLVs that no specification defines, like those of
vendors, are passed to the carrier as they are. What is passed on may make the message one of the kinds above. From
\`src/doors/smpp/submitted-tlvs.ts\`.

${tableText(['TLV', 'Tag', 'What becomes of it'], tlvRows)}
## What follows a carrier's refusal

*slow down*: the bind goes slower, and the message is handed over again. *retry*: the same message later, by whatever
carrier its route gives then. *other route*: the next carrier of its route, at once. *fail*: its end. The setting
\`statusPolicy\` of a carrier goes before this table. From \`src/carriers/smpp/submit-policy.ts\`.

${tableText(['command_status', 'What follows', 'Why'], policyRows)}
And where no answer comes:

${tableText(['Event', 'The message is', 'Why'], lossRows)}
## What peers do wrong

The codes that stand in the log. Lines are bounded for each session and for each address. From
\`src/doors/smpp/peer-faults.ts\`. \`npx sallyport simulate esme --list\` shows misbehaviours to try.

${tableText(['Code', 'Level', 'What the other side did, and what was done about it'], peerRows)}`;

/** Where it stands, from the root of the project. */
export const smppFile = 'docs/reference/smpp.md';

if (import.meta.main) {
  mkdirSync(dirname(smppFile), { recursive: true });
  writeFileSync(smppFile, smppPage());
}
