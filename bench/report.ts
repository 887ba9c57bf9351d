import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { StoredCounts } from './counts.ts';
import type { Flags } from './flags.ts';
import type { LoadTotals } from './measure.ts';
import type { SmscTotals } from './smsc.ts';
import type { Cpu } from './stage.ts';

export interface Figures {
  readonly messagesPerSecond: number;
  /** CPU time a message. */
  readonly gatewayCpuUs: number;
  readonly databaseCpuUs: number;
  readonly smscCpuUs: number;
  readonly loadCpuUs: number;
  /** From sending to the answer. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** The most memory the gateway has held at any moment of the run. */
  readonly rssMiB: number;
}

export interface Counts {
  /** Messages the application was told are accepted. */
  readonly accepted: number;
  /** submit_sm that reached the carrier. */
  readonly submitted: number;
  /** Messages whose receipt came back: to the application over SMPP, to the gateway in the HTTP scenarios. */
  readonly receipted: number;
  /** Accepted, and neither receipted nor in doubt. */
  readonly lost: number;
  readonly inDoubt: number;
  readonly refused: number;
}

export interface Check {
  readonly what: string;
  readonly found: number;
  readonly expected: number;
}

export interface Result extends Figures, Counts {
  readonly scenario: string;
  readonly flags: Flags;
  readonly machine: readonly string[];
  /** What only this scenario has. */
  readonly more: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly repeatedRecipients: number;
  readonly stored: StoredCounts;
  readonly checks: readonly Check[];
}

export function perMessage(before: Cpu, after: Cpu, messages: number) {
  const us = (name: keyof Cpu) => (after[name] - before[name]) / messages;
  return {
    gatewayCpuUs: us('gateway'),
    databaseCpuUs: us('database'),
    smscCpuUs: us('smsc'),
    loadCpuUs: us('load'),
  };
}

export interface Outcome {
  readonly flags: Flags;
  readonly figures: Figures;
  readonly more: Readonly<Record<string, number>>;
  readonly load: LoadTotals;
  readonly smsc: SmscTotals;
  readonly stored: StoredCounts;
}

/** The counts of the application, of the carrier and of the database must tell the same story. */
export function resultOf({ flags, figures, more, load, smsc, stored }: Outcome): Result {
  const isHttp = flags.scenario.startsWith('http');
  const receipted = isHttp ? smsc.receiptAnswers : load.receipts;
  const { accepted, refused, refusals, repeatedRecipients } = load;
  const { inDoubt } = stored;
  const lost = Math.max(0, accepted - receipted - inDoubt);
  return {
    scenario: flags.scenario,
    flags,
    machine: machine(),
    ...figures,
    accepted,
    submitted: smsc.submitted,
    receipted,
    lost,
    inDoubt,
    refused,
    more,
    refusals,
    repeatedRecipients,
    stored,
    checks: [
      { what: 'stored', found: stored.accepted, expected: accepted },
      { what: 'reached the carrier', found: smsc.submitted, expected: accepted },
      { what: 'reached it twice', found: smsc.duplicates, expected: 0 },
      { what: 'receipts back', found: receipted, expected: accepted },
      { what: 'stray receipts', found: load.strayReceipts, expected: 0 },
      { what: 'stored as delivered', found: stored.receipted, expected: accepted },
      { what: 'without an end', found: stored.open, expected: 0 },
    ],
  };
}

function machine(): string[] {
  const memory = /MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  const gib = Math.round(Number(memory) / (1 << 20));
  const [cpu] = os.cpus();
  return [`${os.cpus().length} × ${cpu?.model}`, `${gib} GiB`, `Linux ${os.release()}`, `Node ${process.version}`];
}

const round = (value: number) => Number(value.toFixed(value < 100 ? 2 : 0));

export function print(result: Result): void {
  const { scenario, machine: about, flags, more, checks, refusals, repeatedRecipients } = result;
  console.log(about.join(', '));
  console.log(
    `${scenario} ${Object.entries(flags)
      .map(([name, value]) => `--${name} ${value}`)
      .join(' ')}\n`,
  );
  const { messagesPerSecond, gatewayCpuUs, databaseCpuUs, smscCpuUs, loadCpuUs } = result;
  const { p50Ms, p95Ms, p99Ms, maxMs, rssMiB } = result;
  const figures = {
    messagesPerSecond,
    gatewayCpuUs,
    databaseCpuUs,
    smscCpuUs,
    loadCpuUs,
    p50Ms,
    p95Ms,
    p99Ms,
    maxMs,
    rssMiB,
  };
  console.table(
    Object.fromEntries(Object.entries({ ...figures, ...more }).map(([name, value]) => [name, round(value)])),
  );
  const { accepted, submitted, receipted, lost, inDoubt, refused } = result;
  console.table({ accepted, submitted, receipted, lost, inDoubt, refused });
  console.table(checks);
  if (Object.keys(refusals).length > 0) console.log('refused:', refusals);
  if (repeatedRecipients > 0) console.log(`${repeatedRecipients} numbers were not new: raise --accounts`);
}
