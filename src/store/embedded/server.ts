import { Client, type ClientConfig, DatabaseError } from 'pg';
import { MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { errorText } from '../../base/log.ts';
import { startFault } from './child.ts';
import { launch, type ServerOptions, type ServerRun } from './launch.ts';
import { endProcesses, processesOn } from './processes.ts';
import { sizeOf, tailOf } from './server-log.ts';

const READY_POLL_MS = 10;
const RESTART_DELAY_MS = { first: 100, most: 10 * SECOND_MS };
const FAST_STOP_MS = 30 * SECOND_MS;
const STARTING_UP = '57P03';

/** A server that is kept running until it is stopped: when it ends by itself, it is started again. */
export class EmbeddedServer {
  readonly #options: ServerOptions;
  readonly #stopping = new AbortController();
  #run: ServerRun;
  #kept: Promise<void>;
  #stopped: Promise<void> | null = null;

  private constructor(options: ServerOptions, run: ServerRun) {
    this.#options = options;
    this.#run = run;
    this.#kept = this.#keep();
  }

  /** Starts the server and waits until it answers. `onRecovery`: see `launch`. */
  static async start(options: ServerOptions, onRecovery: () => void): Promise<EmbeddedServer> {
    const logStart = await sizeOf(options.logFile);
    const run = await launch(options, onRecovery);
    try {
      await untilReady(options, run);
    } catch (error) {
      run.signal('SIGINT');
      await run.ended;
      throw startFault(await tailOf(options.logFile, logStart), error);
    }
    return new EmbeddedServer(options, run);
  }

  /** The postmaster's; null while it is down. */
  get pid(): number | null {
    return this.#run.hasEnded() ? null : this.#run.pid;
  }

  /** Ends the server in order: open transactions are rolled back, what is in memory is written out. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { cluster, clock } = this.#options;
    this.#stopping.abort();
    this.#run.signal('SIGINT');
    const deadline = new AbortController();
    await Promise.race([this.#kept, clock.sleep(FAST_STOP_MS, deadline.signal).catch(() => undefined)]);
    deadline.abort();
    if ((await processesOn(cluster)).length > 0) await endProcesses(cluster, clock);
    await this.#kept;
  }

  async #keep(): Promise<void> {
    const { log } = this.#options;
    for (let attempt = 0; !this.#stopping.signal.aborted; ) {
      const { pid } = this.#run;
      attempt = (await this.#lastsLong()) ? 1 : attempt + 1;
      if (this.#stopping.signal.aborted) return;
      log.error('database.ended', pid === null ? { attempt } : { attempt, pid });
      await this.#restart(attempt);
    }
  }

  /** Waits for the end of this run. */
  async #lastsLong(): Promise<boolean> {
    const startedAt = this.#options.clock.elapsed();
    await this.#run.ended;
    return this.#options.clock.elapsed() - startedAt > MINUTE_MS;
  }

  async #restart(attempt: number): Promise<void> {
    const { clock, log } = this.#options;
    const delayMs = Math.min(RESTART_DELAY_MS.most, RESTART_DELAY_MS.first * 2 ** (attempt - 1));
    try {
      await clock.sleep(delayMs, this.#stopping.signal);
      this.#run = await launch(this.#options, () => log.info('database.recovers', { attempt }));
      if (!this.#stopping.signal.aborted) return;
      // A stop that came while it was being launched had nothing to signal.
      this.#run.signal('SIGINT');
      await this.#run.ended;
    } catch (error) {
      if (!this.#stopping.signal.aborted) log.error('database.restart_failed', { attempt, cause: errorText(error) });
    }
  }
}

/** Until it answers. It is given the time that it needs: recovery may take minutes. */
async function untilReady({ address, clock }: ServerOptions, run: ServerRun): Promise<void> {
  for (;;) {
    const error = await tryConnect(address);
    if (error === null) return;
    const isRefused = error instanceof DatabaseError && error.code !== STARTING_UP;
    if (isRefused || run.hasEnded()) throw error;
    await clock.sleep(READY_POLL_MS);
  }
}

async function tryConnect(address: ClientConfig): Promise<Error | null> {
  const client = new Client(address);
  // What goes wrong after the connection is made does not matter here: it is closed at once.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return null;
  } catch (error) {
    return error as Error;
  }
}
