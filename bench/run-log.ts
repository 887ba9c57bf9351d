import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Flags, readFlags } from './flags.ts';
import type { Result } from './report.ts';
import { runSteady } from './run-steady.ts';
import { Stage } from './stage.ts';

export const LOG_USAGE = `npm run bench -- log [flags]

  --turns 3          how often each is measured: with the audit log, without it
  --seconds 20       how long each time, after 5 s`;

const WITHOUT = `--import ${join(import.meta.dirname, 'without-log.ts')}`;
const KEPT = 0.9;

async function throughput(flags: Flags, hasLog: boolean): Promise<Result> {
  await using scope = new AsyncDisposableStack();
  const options = hasLog ? {} : { NODE_OPTIONS: WITHOUT };
  return await runSteady(await Stage.build(scope, flags, new AbortController().signal, options), flags);
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const cpuOf = ({ gatewayCpuUs, databaseCpuUs, smscCpuUs, loadCpuUs }: Result): number =>
  gatewayCpuUs + databaseCpuUs + smscCpuUs + loadCpuUs;

/** What the audit log costs: the same gateway with it and without it, in turns, so that a machine that drifts favours neither. */
export async function runLog(args: readonly string[]): Promise<boolean> {
  const options = { turns: { type: 'string', default: '3' }, seconds: { type: 'string', default: '20' } } as const;
  const { turns, seconds } = parseArgs({ args: [...args], options }).values;
  const flags = readFlags(['smpp', '--seconds', seconds])!;
  const results: { readonly hasLog: boolean; readonly result: Result }[] = [];
  for (let turn = 0; turn < Number(turns); turn++)
    for (const hasLog of turn % 2 === 0 ? [true, false] : [false, true]) {
      const result = await throughput(flags, hasLog);
      results.push({ hasLog, result });
      console.table({
        log: hasLog ? 'on' : 'off',
        'messages/s': Math.round(result.messagesPerSecond),
        'CPU us of all': cpuOf(result).toFixed(1),
        lost: result.lost,
      });
    }
  const of = (hasLog: boolean, value: (result: Result) => number) =>
    median(results.filter((one) => one.hasLog === hasLog).map(({ result }) => value(result)));
  const [on, off] = [true, false].map((hasLog) => of(hasLog, ({ messagesPerSecond }) => messagesPerSecond));
  const kept = on! / off!;
  console.table({ 'on, median': Math.round(on!), 'off, median': Math.round(off!), kept: kept.toFixed(3) });
  return kept >= KEPT && results.every(({ result }) => result.lost === 0);
}
