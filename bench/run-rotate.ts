import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Flags, readFlags } from './flags.ts';
import type { LoadMeasure } from './measure.ts';
import { smppLoad } from './run-steady.ts';
import { isRotating, seedKeys } from './seed-keys.ts';
import { type Cpu, Stage } from './stage.ts';

const ACCOUNT = 'bench-1';
const SECOND_MS = 1000;

export const ROTATE_USAGE = `npm run bench -- rotate [flags]

  --keys 1000000     keys of people that are wrapped again
  --seconds 20       how long traffic is measured before that
  --accounts 8       accounts that send as fast as they can, the first of which has these people
  --idle             without traffic`;

interface Part extends LoadMeasure {
  readonly cpu: { readonly before: Cpu; readonly after: Cpu };
}

/** Exchanges the key of an account beside traffic: how long it takes, and what it costs the traffic. */
export async function runRotate(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keys: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '20' },
      accounts: { type: 'string', default: '8' },
      idle: { type: 'boolean', default: false },
    },
  });
  const flags = readFlags(['smpp', '--seconds', values.seconds, '--accounts', values.accounts]);
  if (flags === null) throw new Error(ROTATE_USAGE);
  await using scope = new AsyncDisposableStack();
  const stage = await Stage.build(scope, flags, new AbortController().signal);
  await stage.raiseSmsc();
  const load = await smppLoad(stage, flags, null);
  await seedKeys(stage.gateway.dataFolder, ACCOUNT, Number(values.keys));
  if (!values.idle) await stage.load.ask('start', load);
  await sleep(flags.warmup * SECOND_MS);
  const alone = () => (values.idle ? null : measured(stage, () => sleep(flags.seconds * SECOND_MS)));
  const before = await alone();
  const startMs = performance.now();
  const beside = await measured(stage, () => rotated(stage), values.idle);
  const seconds = (performance.now() - startMs) / SECOND_MS;
  show(Number(values.keys), seconds, { before, beside, after: await alone() });
  return values.idle || (await isWhole(stage, flags));
}

async function measured(stage: Stage, during: () => Promise<void>, isIdle = false): Promise<Part | null> {
  if (!isIdle) await stage.load.ask('mark');
  const before = stage.cpu();
  await during();
  const after = stage.cpu();
  return isIdle ? null : { ...(await stage.load.ask<LoadMeasure>('measure')), cpu: { before, after } };
}

async function rotated(stage: Stage): Promise<void> {
  const { administration, dataFolder } = stage.gateway;
  await administration.rotate(ACCOUNT);
  while (await isRotating(dataFolder)) await sleep(SECOND_MS);
}

const cpuOf = (part: Part, who: 'gateway' | 'database'): number => part.cpu.after[who] - part.cpu.before[who];
const cpuPerMessage = (part: Part): number => (cpuOf(part, 'gateway') + cpuOf(part, 'database')) / part.receipts;

function show(
  keys: number,
  seconds: number,
  parts: Readonly<Record<'before' | 'beside' | 'after', Part | null>>,
): void {
  const about = (part: Part | null) =>
    part && {
      'messages/s': Math.round(part.receipts / part.seconds),
      'p50 ms': Math.round(part.p50Ms),
      'p99 ms': Math.round(part.p99Ms),
      'max ms': Math.round(part.maxMs),
      'gateway CPU us/message': Number((cpuOf(part, 'gateway') / part.receipts).toFixed(1)),
      'database CPU us/message': Number((cpuOf(part, 'database') / part.receipts).toFixed(1)),
    };
  console.log(`${keys} keys in ${seconds.toFixed(1)} s, ${Math.round(keys / seconds)} a second`);
  console.table({ before: about(parts.before), 'beside the rotation': about(parts.beside), after: about(parts.after) });
  const { before, beside, after } = parts;
  if (!before || !beside || !after) return;
  const alone = (before.receipts + after.receipts) / (before.seconds + after.seconds);
  console.log(
    `traffic beside it: ${((100 * beside.receipts) / beside.seconds / alone).toFixed(1)} % of what it is alone`,
  );
  const more = cpuPerMessage(beside) - (cpuPerMessage(before) + cpuPerMessage(after)) / 2;
  console.log(`CPU of a key, gateway and database: ${((more * beside.receipts) / keys).toFixed(1)} us`);
}

/** Whether everything that was accepted has had its receipt, and nothing was refused but for being too fast. */
async function isWhole(stage: Stage, flags: Flags): Promise<boolean> {
  await stage.load.ask('stop');
  await sleep(SECOND_MS);
  const { accepted } = await stage.loadTotals();
  await stage.settle(accepted, async () => (await stage.loadTotals()).receipts);
  const totals = await stage.loadTotals();
  console.table({
    accepted: totals.accepted,
    receipts: totals.receipts,
    refused: totals.refused,
    accounts: flags.accounts,
  });
  return totals.receipts === totals.accepted && totals.refused === 0;
}
