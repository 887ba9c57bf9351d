import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { SECOND_MS, systemClock } from './base/clock.ts';
import { systemEntropy } from './base/entropy.ts';
import { FaultError } from './base/fault.ts';
import { jsonLog, type Log } from './base/log.ts';
import { must } from './base/must.ts';
import { type Environment, loadSettings, type Settings } from './config/index.ts';
import { Gateway } from './gateway.ts';
import { Progress } from './progress.ts';
import { forbidCoreDumps } from './vault/index.ts';
import { sealedWords, welcome } from './welcome.ts';

const STOP_WITHIN_MS = 45 * SECOND_MS;

export interface Output {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** `sallyport start`: the gateway, until it is told to stop. Returns the exit code. */
export async function start(environment: Environment, output: Output): Promise<number> {
  const stop = new AbortController();
  // A reader that went away, like `head`, does not end a gateway.
  for (const stream of [output.stdout, output.stderr])
    stream.on('error', (error) => must((error as NodeJS.ErrnoException).code === 'EPIPE', 'output can be written'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));
  try {
    const settings = loadSettings(environment);
    await run(settings, output, stop);
    return exitCode(stop.signal);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    if (error.fault.code === 'stopping') return exitCode(stop.signal);
    output.stderr.write(`sallyport: ${error.message} (${error.fault.code})\n`);
    return 1;
  }
}

const exitCode = ({ reason }: AbortSignal): number => (typeof reason === 'string' && reason.startsWith('SIG') ? 0 : 1);

async function run(settings: Settings, output: Output, stop: AbortController): Promise<void> {
  const log = jsonLog(
    (line) => output.stderr.write(line),
    () => systemClock.now(),
    settings.logLevel,
  );
  if (!(await forbidCoreDumps())) log.warn('core_dumps_possible');
  const progress = new Progress(output.stdout, systemClock);
  const gateway = await Gateway.start({
    settings,
    version,
    clock: systemClock,
    entropy: systemEntropy,
    log,
    progress: (step) => progress.step(step),
    sealed: (why, ports) => output.stdout.write(sealedWords(why, settings, ports)),
    stop: stop.signal,
    fatal: (reason) => stop.abort(reason),
  });
  output.stdout.write(await welcome(gateway, settings, progress.elapsedMs()));
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  output.stdout.write('\nStopping: what is under way is finished first.\n');
  log.info('stopping', { reason: String(stop.signal.reason) });
  const callOff = endAtTheLatest(log);
  await gateway.stop();
  callOff();
  output.stdout.write('Stopped.\n');
}

/**
 * A database that is away could hold up the end without bound. What is not settled then is found again at the next start,
 * as after any crash; a second Ctrl-C asks for that at once.
 */
function endAtTheLatest(log: Log): () => void {
  const cut = (reason: string) => {
    log.error('stop_cut_short', { reason });
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => cut(signal));
  return systemClock.after(STOP_WITHIN_MS, () => cut('overdue'));
}
