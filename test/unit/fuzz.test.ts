import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readCorpus } from '../../fuzz/corpus.ts';
import { BlockCoverage, type CoverageSource } from '../../fuzz/coverage.ts';
import { Crash, Fuzzer } from '../../fuzz/fuzzer.ts';
import { hunt } from '../../fuzz/hunt.ts';
import { targets as planted } from '../../fuzz/planted.ts';
import { targets } from '../../fuzz/targets.ts';
import { Dice } from '../../src/base/dice.ts';

const SEED = 7;
const ENOUGH = 400_000;
const PLANTED = new URL('../../fuzz/planted.ts', import.meta.url).href;

suite('what fuzzing has kept is borne', () => {
  for (const target of targets) {
    test(target.name, async () => {
      const corpus = readCorpus(target.name);
      assert.ok(corpus.length > 0);
      for (const input of [...target.seeds(), ...corpus]) await target.run(input);
    });
  }
});

const plantedTarget = (name: string) => planted.find((target) => target.name === name)!;

/** What it finds and after how many executions; no input where it finds nothing in so many. */
async function found(name: string, coverage: CoverageSource, executions: number) {
  const fuzzer = await Fuzzer.begin({ target: plantedTarget(name), coverage, dice: new Dice(SEED), corpus: [] });
  try {
    while (fuzzer.executions < executions) await fuzzer.step();
    return { input: null, executions: fuzzer.executions };
  } catch (error) {
    assert.ok(error instanceof Crash);
    return { input: error.input, executions: fuzzer.executions };
  }
}

test('the fuzzer finds its way to a bug behind three octets, and blind chance does not', async () => {
  using coverage = new BlockCoverage(plantedTarget('deep').modules);
  const { input, executions } = await found('deep', coverage, ENOUGH);
  assert.equal(input?.subarray(0, 3).toString(), 'Qx7');
  const blind = { take: () => new Set<number>() };
  assert.equal((await found('deep', blind, 2 * executions)).input, null);
});

const huntPlanted = (name: string, executions: number) =>
  hunt({ target: plantedTarget(name), module: PLANTED, seed: SEED, executions, hangMs: 1000 });

test('an input that never ends is found, and given back', async () => {
  const result = await huntPlanted('endless', ENOUGH);
  assert.equal(result.verdict, 'hang');
  assert.ok('input' in result && (result.input[0] ?? 0x61) < 0x61);
});

test('a target that lets go of nothing is found', async () => {
  const result = await huntPlanted('hoarding', 20_000);
  assert.equal(result.verdict, 'growth');
});

test('a crash in a watched thread is given back with what was thrown', async () => {
  const result = await huntPlanted('deep', ENOUGH);
  assert.equal(result.verdict, 'crash');
  assert.ok('input' in result && result.words.startsWith('Error: found'));
});
