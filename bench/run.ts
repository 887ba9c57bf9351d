import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Flags, readFlags, USAGE } from './flags.ts';
import { print, type Result } from './report.ts';
import { AUDIT_USAGE, runAudit } from './run-audit.ts';
import { runBacklog } from './run-backlog.ts';
import { BINDS_USAGE, runBinds } from './run-binds.ts';
import { ERASE_USAGE, runErase } from './run-erase.ts';
import { LOG_USAGE, runLog } from './run-log.ts';
import { ROTATE_USAGE, runRotate } from './run-rotate.ts';
import { runSteady } from './run-steady.ts';
import { runThrottle, THROTTLE_USAGE } from './run-throttle.ts';
import { Stage } from './stage.ts';

/** Measures the real gateway: `npm run bench -- smpp --seconds 30 --json FILE`. */
async function measure(flags: Flags, signal: AbortSignal): Promise<Result> {
  await using scope = new AsyncDisposableStack();
  const stage = await Stage.build(scope, flags, signal);
  return flags.scenario === 'backlog' ? await runBacklog(stage, flags) : await runSteady(stage, flags);
}

/** Scenarios with flags and figures of their own. */
const specials: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  audit: runAudit,
  binds: runBinds,
  erase: runErase,
  log: runLog,
  rotate: runRotate,
  throttle: runThrottle,
};

function writeJson(file: string, result: Result): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}

const [scenario = '', ...rest] = process.argv.slice(2);
const special = specials[scenario];
const flags = special === undefined ? readFlags(process.argv.slice(2)) : null;
if (special !== undefined) {
  process.exitCode = (await special(rest)) ? 0 : 1;
} else if (flags === null) {
  console.error([USAGE, AUDIT_USAGE, BINDS_USAGE, LOG_USAGE, THROTTLE_USAGE, ROTATE_USAGE, ERASE_USAGE].join('\n\n'));
  process.exitCode = 2;
} else {
  try {
    const result = await measure(flags, stop.signal);
    print(result);
    if (flags.json !== null) writeJson(flags.json, result);
    process.exitCode = result.checks.every(({ found, expected }) => found === expected) ? 0 : 1;
  } catch (error) {
    console.error(stop.signal.aborted ? (stop.signal.reason as Error).message : error);
    process.exitCode = 1;
  }
}
