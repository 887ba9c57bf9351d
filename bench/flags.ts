import { parseArgs } from 'node:util';

export const scenarios = ['smpp', 'http', 'http-batch', 'latency', 'backlog'] as const;
export type Scenario = (typeof scenarios)[number];

export interface Flags {
  readonly scenario: Scenario;
  readonly seconds: number;
  readonly warmup: number;
  /** Each has 80,000 numbers, and in the SMPP scenarios one connection. */
  readonly accounts: number;
  readonly window: number;
  readonly connections: number;
  readonly batch: number;
  readonly rate: number;
  readonly messages: number;
  /** How long the simulated SMSC takes to answer, in milliseconds. */
  readonly delay: number;
  readonly tls: boolean;
  readonly keep: boolean;
  readonly json: string | null;
}

const NUMBERS = {
  seconds: 30,
  warmup: 5,
  accounts: 8,
  window: 100,
  connections: 64,
  batch: 100,
  rate: 2000,
  messages: 1_000_000,
  delay: 0,
} as const;

export const USAGE = `npm run bench -- <${scenarios.join('|')}> [flags]

  --seconds 30       how long is measured
  --warmup 5         how long before that
  --accounts 8       accounts that send, each with 80,000 numbers and a connection of its own
  --window 100       unanswered submit_sm of a connection
  --connections 64   http: connections, spread over the accounts
  --batch 100        http-batch: messages in a request
  --rate 2000        latency: messages a second, however long the answers take
  --messages 1000000 backlog: messages accepted while the carrier is down
  --delay 0          ms the simulated SMSC takes to answer
  --tls              SMPP over TLS 1.3 on both sides (HTTP always is)
  --keep             leave the data folder behind
  --json FILE        write the figures as JSON`;

/** What was asked for, or null where it cannot be read. */
export function readFlags(args: readonly string[]): Flags | null {
  try {
    return parse(args);
  } catch {
    return null; // an unknown flag: the usage says which there are
  }
}

function parse(args: readonly string[]): Flags | null {
  const numbers = Object.fromEntries(
    Object.entries(NUMBERS).map(([name, value]) => [name, { type: 'string', default: String(value) } as const]),
  );
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...numbers,
      tls: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const scenario = scenarios.find((name) => name === positionals[0]);
  const found = Object.keys(NUMBERS).map((name) => [name, Number((values as Record<string, unknown>)[name])] as const);
  if (scenario === undefined || found.some(([, value]) => !(value >= 0))) return null;
  const counts = Object.fromEntries(found) as Record<keyof typeof NUMBERS, number>;
  return { ...counts, scenario, tls: values.tls, keep: values.keep, json: values.json ?? null };
}
