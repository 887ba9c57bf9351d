import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './connect.ts';
import { countStored, type StoredCounts } from './counts.ts';
import type { Flags } from './flags.ts';
import { Gateway } from './gateway.ts';
import type { LoadTotals } from './measure.ts';
import { Child, familyCpuUs, memoryMiB, ownCpuUs } from './processes.ts';
import type { SmscOptions, SmscTotals } from './smsc.ts';

const CARRIER = 'smsc';
const CARRIER_WINDOW = 1000;
export const SENDER = '72345';
const UP_MS = 60_000;
const POLL_MS = 50;
const STALLED_MS = 30_000;

export interface Cpu {
  readonly gateway: number;
  readonly database: number;
  readonly smsc: number;
  readonly load: number;
}

/** The gateway, a simulated SMSC and a load, each a process of its own, with accounts made and a carrier set up. */
export class Stage {
  readonly gateway: Gateway;
  readonly smsc: Child;
  readonly load: Child;
  readonly #flags: Flags;
  readonly #signal: AbortSignal;
  #smscPort = 0;

  /** `settings` are of the gateway's environment. */
  static async build(
    scope: AsyncDisposableStack,
    flags: Flags,
    signal: AbortSignal,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<Stage> {
    const gateway = scope.use(await Gateway.start({ keeps: flags.keep, settings }));
    const isHttp = flags.scenario === 'http' || flags.scenario === 'http-batch';
    const [smsc, load] = [scope.use(new Child('smsc')), scope.use(new Child(isHttp ? 'http-load' : 'smpp-load'))];
    const stage = new Stage(gateway, smsc, load, flags, signal);
    await stage.#addCarrier();
    return stage;
  }

  private constructor(gateway: Gateway, smsc: Child, load: Child, flags: Flags, signal: AbortSignal) {
    this.gateway = gateway;
    this.smsc = smsc;
    this.load = load;
    this.#flags = flags;
    this.#signal = signal;
  }

  async #addCarrier(): Promise<void> {
    this.#smscPort = await freePort();
    const { tls } = this.#flags;
    await this.gateway.administration.addCarrier({ name: CARRIER, port: this.#smscPort, tls, window: CARRIER_WINDOW });
  }

  /** Has the SMSC take connections from now on. */
  async raiseSmsc(): Promise<void> {
    const { tls, delay } = this.#flags;
    const options: SmscOptions = {
      port: this.#smscPort,
      identity: tls ? this.gateway.identity : null,
      delayMs: delay,
    };
    await this.smsc.ask('listen', options);
    await this.until(() => this.gateway.administration.carrierIsUp(CARRIER), UP_MS, 'the carrier to come up');
  }

  /** One account, and a credential of that kind, for each that the flags ask for. */
  async makeKeys(kind: 'api_key' | 'smpp'): Promise<{ lookup: string; secret: string }[]> {
    const keys = [];
    for (let number = 1; number <= this.#flags.accounts; number++) {
      const account = `bench-${number}`;
      await this.gateway.administration.makeAccount(account);
      keys.push(await this.gateway.administration.makeKey({ account, kind, sender: SENDER, carrier: CARRIER }));
    }
    return keys;
  }

  cpu(): Cpu {
    return {
      gateway: ownCpuUs(this.gateway.pid),
      database: familyCpuUs(this.gateway.databasePid),
      smsc: ownCpuUs(this.smsc.pid),
      load: ownCpuUs(this.load.pid),
    };
  }

  memory(): { now: number; peak: number } {
    return memoryMiB(this.gateway.pid);
  }

  loadTotals(): Promise<LoadTotals> {
    return this.load.ask<LoadTotals>('totals');
  }

  smscTotals(): Promise<SmscTotals> {
    return this.smsc.ask<SmscTotals>('totals');
  }

  stored(): Promise<StoredCounts> {
    return countStored(this.gateway.dataFolder);
  }

  sleep(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#signal });
  }

  async until(isSo: () => Promise<boolean>, deadlineMs: number, what: string): Promise<void> {
    const startMs = performance.now();
    while (!(await isSo())) {
      if (performance.now() - startMs > deadlineMs)
        throw new Error(`waited in vain for ${what}\n${this.gateway.log()}`);
      await this.sleep(POLL_MS);
    }
  }

  /** Waits until `progress` has reached `goal`, or until nothing has moved for half a minute. */
  async settle(goal: number, progress: () => Promise<number>): Promise<void> {
    let [reached, movedMs] = [-1, performance.now()];
    while (reached < goal && performance.now() - movedMs < STALLED_MS) {
      const now = await progress();
      if (now !== reached) [reached, movedMs] = [now, performance.now()];
      if (reached < goal) await this.sleep(POLL_MS);
    }
  }
}
