import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Dice } from '../src/base/dice.ts';
import { states } from '../src/messages/states.ts';
import { type ChaosAccount, ChaosClient, Ledger } from './chaos-load.ts';
import type { ChaosSmscTotals } from './chaos-smsc.ts';
import { type ChaosVerdict, isAtRest, judge, readRecords } from './chaos-verdict.ts';
import { freePort } from './connect.ts';
import { Gateway } from './gateway.ts';
import { Child } from './processes.ts';

/** kill -9 at random moments under load: `npm run chaos -- --rounds 100 --seed 1`. Exit code 1 when a promise is broken. */
const USAGE = `npm run chaos -- [--rounds 100] [--seed N] [--json FILE] [--keep]`;
const KINDS = ['gateway', 'database', 'both'] as const;
const KILL_AFTER_MS = { from: 200, until: 2500 };
/** In half of the rounds the carrier breaks off shortly before, so that messages in doubt have to survive the kill. */
const BREAK_OFF = { share: 0.5, untilMs: 1000 };
const CARRIER = 'smsc';
const CARRIER_WINDOW = 200;
const TRANSACTIONAL = { class: 'transactional', sender: '72345', perSecond: 300 } as const;
const OTP = { class: 'otp', sender: '72346', perSecond: 100 } as const;
const POLL_MS = 50;
const UP_MS = 30_000;
const SETTLE_POLL_MS = 1000;
/** A notice that was not answered is due after a minute. */
const STALLED_MS = 100_000;

interface Flags {
  readonly rounds: number;
  readonly seed: number;
  readonly json: string | null;
  readonly keeps: boolean;
}

function readFlags(args: string[]): Flags {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '100' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
      json: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
  if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) throw new Error(USAGE);
  return { rounds, seed, json: values.json ?? null, keeps: values.keep };
}

/** The gateway, an SMSC that outlives it, and applications that come back. */
class Chaos {
  readonly #gateway: Gateway;
  readonly #smsc: Child;
  readonly #dice: Dice;
  readonly #ledger = new Ledger();
  #clients: ChaosClient[] = [];

  constructor(gateway: Gateway, smsc: Child, dice: Dice) {
    this.#gateway = gateway;
    this.#smsc = smsc;
    this.#dice = dice;
  }

  async prepare(scope: AsyncDisposableStack): Promise<void> {
    const { administration, ports } = this.#gateway;
    const port = await freePort();
    await this.#smsc.ask('listen', { port });
    await administration.addCarrier({ name: CARRIER, port, tls: false, window: CARRIER_WINDOW });
    await this.#until('the carrier to come up', () => administration.carrierIsUp(CARRIER));
    for (const [index, kind] of [TRANSACTIONAL, TRANSACTIONAL, OTP].entries()) {
      const account = await this.#account(`chaos-${index}`, kind);
      const client = new ChaosClient(account, ports.smppPlain, this.#ledger);
      scope.defer(() => client.close());
      this.#clients.push(client);
    }
  }

  async #account(name: string, kind: Omit<ChaosAccount, 'systemId' | 'password'>): Promise<ChaosAccount> {
    const { administration } = this.#gateway;
    await administration.makeAccount(name);
    const key = { account: name, kind: 'smpp', carrier: CARRIER, sender: kind.sender, class: kind.class } as const;
    const { lookup, secret } = await administration.makeKey(key);
    return { ...kind, systemId: lookup, password: secret };
  }

  /** Lets load flow for a while, kills, and brings everything back. Returns how long the gateway was away. */
  async round(kind: (typeof KINDS)[number]): Promise<number> {
    for (const client of this.#clients) client.send();
    const before = this.#ledger.accepted.size;
    await this.#until(
      'messages to flow',
      () => this.#clients.every((client) => client.isBound) && this.#ledger.accepted.size > before,
    );
    await sleep(this.#dice.between(KILL_AFTER_MS.from, KILL_AFTER_MS.until));
    if (this.#dice.fraction() < BREAK_OFF.share) {
      await this.#smsc.ask('drop');
      await sleep(this.#dice.between(0, BREAK_OFF.untilMs));
    }
    if (this.#gateway.hasEnded) throw new Error(`the gateway ended by itself\n${this.#gateway.log()}`);
    const startMs = performance.now();
    const { databasePid } = this.#gateway;
    if (kind !== 'gateway') process.kill(databasePid, 'SIGKILL');
    if (kind !== 'database') {
      await this.#gateway.kill();
      await this.#gateway.startAgain();
    }
    await this.#until('the database to come back', () => this.#hasNewDatabase(databasePid));
    await this.#gateway.untilReady();
    return performance.now() - startMs;
  }

  #hasNewDatabase(lastPid: number): boolean {
    try {
      return this.#gateway.databasePid !== lastPid;
    } catch {
      return false; // the file that names it is not there between two databases
    }
  }

  /** Ends the load and waits until everything is at rest, or nothing has moved for long. */
  async settle(): Promise<void> {
    for (const client of this.#clients) client.pause();
    let [left, movedMs] = [Number.POSITIVE_INFINITY, performance.now()];
    while (left > 0 && performance.now() - movedMs < STALLED_MS) {
      await sleep(SETTLE_POLL_MS);
      const now = await this.#unsettled();
      if (now < left) movedMs = performance.now();
      left = now;
    }
  }

  /**
   * A receipt of a first hand-over whose answer was lost matches nothing when the message was sent again, and the gateway
   * keeps it for a minute: only those of one-time codes are waited for, which nothing else brings to their end.
   */
  async #unsettled(): Promise<number> {
    const { owed } = await this.#smsc.ask<ChaosSmscTotals>('totals');
    const records = await readRecords(this.#gateway.dataFolder);
    const unreceipted = new Set(this.#ledger.unreceipted());
    const isOpen = (record: (typeof records)[number]) =>
      !isAtRest(record) || (states[record.state].final && unreceipted.has(record.id));
    return (owed[OTP.sender] ?? 0) + records.filter(isOpen).length;
  }

  async verdict(): Promise<ChaosVerdict> {
    const carried = await this.#smsc.ask<[number, string[]][]>('references');
    return judge(this.#ledger, await readRecords(this.#gateway.dataFolder), carried);
  }

  get refusals(): Readonly<Record<string, number>> {
    return this.#ledger.refusals;
  }

  get receiptsAgain(): number {
    return this.#ledger.receiptsAgain;
  }

  async #until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const startMs = performance.now();
    while (!(await isSo())) {
      if (performance.now() - startMs > UP_MS) throw new Error(`waited in vain for ${what}\n${this.#gateway.log()}`);
      await sleep(POLL_MS);
    }
  }
}

async function run({ rounds, seed, keeps }: Flags) {
  await using scope = new AsyncDisposableStack();
  const gateway = scope.use(await Gateway.start({ keeps }));
  const smsc = scope.use(new Child('chaos-smsc'));
  const chaos = new Chaos(gateway, smsc, new Dice(seed));
  await chaos.prepare(scope);
  const awayMs: Record<string, number[]> = { gateway: [], database: [], both: [] };
  for (let round = 0; round < rounds; round++) {
    const kind = KINDS[round % KINDS.length]!;
    const ms = Math.round(await chaos.round(kind));
    awayMs[kind]!.push(ms);
    console.log(`round ${round + 1} of ${rounds}: killed ${kind}, back after ${ms} ms`);
  }
  const settleStartMs = performance.now();
  await chaos.settle();
  const settleMs = Math.round(performance.now() - settleStartMs);
  const mostAwayMs = Object.fromEntries(Object.entries(awayMs).map(([kind, ms]) => [kind, Math.max(0, ...ms)]));
  return {
    rounds,
    seed,
    ...(await chaos.verdict()),
    refusals: chaos.refusals,
    receiptsAgain: chaos.receiptsAgain,
    settleMs,
    mostAwayMs,
  };
}

const flags = readFlags(process.argv.slice(2));
console.log(`seed ${flags.seed}`);
const result = await run(flags);
const { off, refusals, mostAwayMs, ...counts } = result;
console.table(counts);
console.table({ ...off });
console.log('refused:', refusals, 'longest away, ms:', mostAwayMs);
if (flags.json !== null) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);
process.exitCode = Object.values(off).every((count) => count === 0) ? 0 : 1;
