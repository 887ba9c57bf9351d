/** Writes docs/reference/faults.md from the table of faults. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type FaultCode, faults } from '../src/base/fault.ts';
import { statusName } from '../src/wire/smpp/statuses.ts';

const HEADER = `# Faults

Made from \`src/base/fault.ts\` by \`node tools/faults-reference.ts\`.

Every refusal has one of these codes, and a code never changes its meaning. Over HTTPS the answer is a problem document
(RFC 9457) whose member \`code\` is the code; over SMPP it is the command_status of the response; commands and the log
write the code itself. "Again" says whether the same request may succeed later. Codes about the start of the gateway are
seen by its operator alone; their HTTP and SMPP columns are there because every row has them.

`;

const HEX = 16;
const STATUS_DIGITS = 8;

function smppText(status: number): string {
  const name = statusName(status);
  const hex = `0x${status.toString(HEX).padStart(STATUS_DIGITS, '0')}`;
  return name ? `${name} (\`${hex}\`)` : `\`${hex}\``;
}

function rowOf(code: FaultCode): string {
  const { http, smpp, retry, title } = faults[code];
  return `| \`${code}\` | ${http} | ${smppText(smpp)} | ${retry ? 'yes' : 'no'} | ${title} |`;
}

const HEADINGS = ['Code', 'HTTP', 'SMPP command_status', 'Again', 'Words'];
const rule = HEADINGS.map(() => '---');
const codes = Object.keys(faults) as FaultCode[];

/** The text of docs/reference/faults.md. */
export const faultsPage = (): string =>
  `${HEADER}${[`| ${HEADINGS.join(' | ')} |`, `| ${rule.join(' | ')} |`, ...codes.map(rowOf)].join('\n')}\n`;

/** Where it stands, from the root of the project. */
export const faultsFile = 'docs/reference/faults.md';

if (import.meta.main) {
  mkdirSync(dirname(faultsFile), { recursive: true });
  writeFileSync(faultsFile, faultsPage());
}
