import { DUE_SOON_MS } from '../../../vault/index.ts';
import { cbom, type ShownUse } from '../cbom.ts';
import { command, exitCodes, type Output } from '../command.ts';
import { flag, text } from '../options.ts';
import { fields, json, line, orDash, safe, table, timeText } from '../print.ts';

interface Rotation {
  readonly account: string | null;
  readonly version: number;
  readonly rewrapped: number;
  readonly startedAt: string;
}

interface Inventory {
  readonly uses: readonly ShownUse[];
  readonly rotations: readonly Rotation[];
}

interface Compromise {
  readonly recipients: number;
  readonly days: readonly string[];
  readonly messages: number | null;
  readonly secrets: readonly string[];
  readonly redrawn: number;
}

const whose = (account: string | null): string => (account === null ? 'the gateway itself' : `account ${account}`);

const account = text('NAME', "The account; where it is left out, the gateway's own keys.");

function usesTable(out: Output, uses: readonly ShownUse[]): void {
  const rows = uses.map(({ name, algorithm, counts, oldest, periodDays, next, quantumLevel }) => [
    name,
    algorithm,
    Object.entries(counts)
      .map(([state, count]) => `${count} ${state}`)
      .join(', '),
    oldest === null ? '-' : timeText(oldest),
    periodDays === null ? '-' : `${Number(periodDays.toFixed(0))} d`,
    next === null ? '-' : timeText(next),
    String(quantumLevel),
  ]);
  table(out, ['WHAT', 'ALGORITHM', 'HOW MANY', 'OLDEST', 'PERIOD', 'NEXT', 'PQ'], rows);
}

function tell(out: Output, { uses, rotations }: Inventory, nowMs: number): void {
  usesTable(out, uses);
  line(out);
  for (const { name, use, where, postQuantum } of uses) line(out, safe(`${name}: ${use} ${where} ${postQuantum}`));
  for (const { account: of, version, rewrapped } of rotations)
    line(out, safe(`Rotating the key of ${whose(of)} to version ${version}: ${rewrapped} keys done.`));
  for (const { name, next } of uses)
    if (next !== null && Date.parse(next) < nowMs) line(out, safe(`DUE: ${name} since ${timeText(next)}.`));
    else if (next !== null && Date.parse(next) - nowMs < DUE_SOON_MS)
      line(out, safe(`DUE SOON: ${name} by ${timeText(next)}.`));
}

const inventory = command({
  name: 'vault inventory',
  summary: 'List every key, hash and certificate: algorithm, use, count, age, next exchange, post-quantum plan.',
  about: [
    'PQ is the category of NIST against quantum computers, 0 for none.',
    'With --cbom it is a CycloneDX 1.6 document, for tools that gather them.',
  ],
  options: { cbom: flag('Print a cryptography bill of materials (CycloneDX 1.6, JSON).') },
  example: 'vault inventory --cbom',
  async run({ values, stdout, control, clock }) {
    const view = await control.get<Inventory>('/v1/vault/inventory');
    const { version } = values.cbom ? await control.get<{ version: string }>('/v1/status') : { version: '' };
    if (values.cbom) json(stdout, cbom(view.uses, new Date(clock.now()).toISOString(), version));
    else if (values.json) json(stdout, view);
    else tell(stdout, view, clock.now());
    return exitCodes.done;
  },
});

const rotate = command({
  name: 'vault rotate',
  summary: 'Exchange the key of an account while traffic runs.',
  about: [
    'The new key seals at once. What the old one wraps is wrapped again page by page, 10^6 keys in a few minutes, and\nthen the old one is destroyed. `vault inventory` says how far it is.',
  ],
  options: { account },
  example: 'vault rotate --account acme',
  async run({ values, stdout, control }) {
    const view = await control.post<Rotation>('/v1/vault/rotate', { account: values.account });
    if (values.json) json(stdout, view);
    else
      line(stdout, safe(`The key of ${whose(view.account)} is exchanged: version ${view.version} seals from now on.`));
    return exitCodes.done;
  },
});

const compromise = command({
  name: 'vault compromise',
  summary: 'Say that somebody else may know a key: it is exchanged, and what it protected is listed.',
  about: [
    'Of an account: its key, its record key and the keys of yesterday, today and later are exchanged, so that what is\nsealed from now on is safe. With --day, the key of that day alone.',
    'What was sealed before stays readable to whoever has the key and a copy of the database: erase it, or change it.',
    'Where the root key is compromised, exchange it first (root-key), then say so for every account and the gateway.',
  ],
  options: { account, day: text('YYYY-MM-DD', 'The key of this UTC day alone.') },
  example: 'vault compromise --account acme',
  async run({ values, stdout, control }) {
    const wanted = { account: values.account, day: values.day };
    const view = await control.post<Compromise>('/v1/vault/compromise', wanted);
    if (values.json) json(stdout, view);
    else {
      line(stdout, safe(`Marked and exchanged for ${whose(values.account ?? null)}. It protected:`));
      fields(stdout, [
        ['Days', orDash(view.days.length > 1 ? `${view.days[0]} to ${view.days.at(-1)}` : (view.days[0] ?? null))],
        ['Messages', view.messages === null ? 'more than could be counted in time' : String(view.messages)],
        ['People', String(view.recipients)],
        ['Secrets to change', orDash(view.secrets.join(', '))],
        ['Keys of days drawn anew', String(view.redrawn)],
      ]);
    }
    return exitCodes.done;
  },
});

export const vaultCommands = [inventory, rotate, compromise];
