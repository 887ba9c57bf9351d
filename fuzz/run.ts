import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCorpus, writeCrash } from './corpus.ts';
import { hunt, type Result } from './hunt.ts';
import type { Target } from './target.ts';
import { targets } from './targets.ts';

const USAGE = `npm run fuzz -- [targets] [flags]

  targets: ${targets.map(({ name }) => name).join(', ')}; all of them where none is named

  --executions 1000000   for each target
  --seed N               another one every time, where it is left out
  --hang 5000            ms after which an input counts as a hang
  --keep                 write what was worth keeping to fuzz/corpus
  --replay FILE          run one input, of fuzz/crashes or the corpus: the target is the first word of its name or its folder`;

const EXECUTIONS = '1000000';
const HANG_MS = '5000';
const MODULE = new URL('targets.ts', import.meta.url).href;

interface Flags {
  readonly executions: number;
  readonly seed: number;
  readonly hangMs: number;
  readonly keeps: boolean;
}

async function replay(file: string): Promise<void> {
  const target = targets.find(({ name }) => basename(file).startsWith(`${name}-`) || file.includes(`/${name}/`));
  if (target === undefined) throw new Error('no target has such inputs');
  await target.run(readFileSync(file));
  console.log(`${target.name}: borne`);
}

const perSecond = (executions: number, seconds: number) => Math.round(executions / seconds).toLocaleString('en');

function show(target: Target, result: Result, seed: number): void {
  const { name } = target;
  if (!('report' in result)) {
    const file = writeCrash(name, result.input);
    console.log(
      `${name}: ${result.verdict.toUpperCase()} after ${result.executions} executions, seed ${seed}: ${result.words}`,
    );
    console.log(`  npm run fuzz -- --replay ${file}`);
    return;
  }
  const { executions, cpuSeconds, blocks, corpus, grownBytes } = result.report;
  const found = `${executions} executions, ${perSecond(executions, cpuSeconds)} a CPU second, ${blocks} blocks, ${corpus.length} inputs`;
  const growth = `heap ${grownBytes >= 0 ? '+' : ''}${Math.round(grownBytes / 1024)} KiB`;
  console.log(`${name}: ${result.verdict === 'sound' ? '' : 'GROWTH, '}${found}, ${growth}, seed ${seed}`);
}

async function run(names: readonly string[], { executions, seed, hangMs, keeps }: Flags): Promise<boolean> {
  const chosen = names.length === 0 ? targets : targets.filter(({ name }) => names.includes(name));
  let isSound = true;
  for (const target of chosen) {
    const result = await hunt({ target, module: MODULE, seed, executions, hangMs });
    show(target, result, seed);
    isSound &&= result.verdict === 'sound';
    if (keeps && result.verdict === 'sound')
      writeCorpus(
        target.name,
        result.report.corpus.map((input) => Buffer.from(input)),
      );
  }
  return isSound;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    executions: { type: 'string', default: EXECUTIONS },
    seed: { type: 'string' },
    hang: { type: 'string', default: HANG_MS },
    keep: { type: 'boolean', default: false },
    replay: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const isKnown = positionals.every((word) => targets.some(({ name }) => name === word));
if (values.help || !isKnown) {
  console.log(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else if (values.replay !== undefined) await replay(values.replay);
else {
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  const flags = { executions: Number(values.executions), seed, hangMs: Number(values.hang), keeps: values.keep };
  process.exitCode = (await run(positionals, flags)) ? 0 : 1;
}
