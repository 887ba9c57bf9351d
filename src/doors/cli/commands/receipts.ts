import { command, exitCodes, type Output } from '../command.ts';
import { text } from '../options.ts';
import { json, line, table, timeText } from '../print.ts';

interface Report {
  readonly receipts: readonly {
    readonly carrier: string;
    readonly reference: string | null;
    readonly state: string;
    readonly why: string;
    readonly code: number;
    readonly count: number;
    readonly firstSeen: string;
    readonly lastSeen: string;
  }[];
  readonly missing: readonly { readonly carrier: string; readonly day: string; readonly count: number }[];
}

function tell(out: Output, { receipts, missing }: Report): void {
  if (receipts.length === 0) line(out, 'Every receipt found its message.');
  else {
    const rows = receipts.map(({ carrier, reference, state, why, code, count, firstSeen, lastSeen }) => [
      carrier,
      reference ?? '(others)',
      state,
      why,
      String(code),
      String(count),
      timeText(firstSeen),
      timeText(lastSeen),
    ]);
    table(out, ['CARRIER', 'REFERENCE', 'STATE', 'WHY', 'CODE', 'COUNT', 'FIRST', 'LAST'], rows);
  }
  line(out);
  if (missing.length === 0) line(out, 'No message waited for its receipt in vain.');
  else {
    const rows = missing.map(({ carrier, day, count }) => [carrier, day, String(count)]);
    table(out, ['CARRIER', 'SENT ON', 'WITHOUT RECEIPT'], rows);
  }
}

export const receiptsUnmatched = command({
  name: 'receipts unmatched',
  summary: 'Show receipts that no message was found for, and messages that never had one.',
  about: [
    'A receipt is unmatched when no message has its reference for a minute. It is contradicted when another receipt had\nsaid otherwise before; the first one counts. Of a carrier and day, 1,000 are told apart; others are counted.',
    'Whether a message never has a receipt is known four days after it was sent. Lines are kept for 90 days.',
  ],
  options: { carrier: text('NAME', 'Of this carrier only.') },
  example: 'receipts unmatched --carrier north',
  async run({ values, stdout, control }) {
    const of = values.carrier === undefined ? '' : `/carriers/${encodeURIComponent(values.carrier)}`;
    const report = await control.get<Report>(`/v1${of}/receipts/unmatched`);
    if (values.json) json(stdout, report);
    else tell(stdout, report);
    return exitCodes.done;
  },
});
