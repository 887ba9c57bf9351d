import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CORPUS = join(import.meta.dirname, 'corpus');
const CRASHES = join(import.meta.dirname, 'crashes');
const NAME_DIGITS = 12;

const nameOf = (input: Buffer): string => createHash('sha256').update(input).digest('hex').slice(0, NAME_DIGITS);

/** What was kept for a target, in an order of its own. */
export function readCorpus(target: string): Buffer[] {
  const folder = join(CORPUS, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .map((name) => readFileSync(join(folder, name)));
}

/** Keeps these for a target, and nothing else. */
export function writeCorpus(target: string, inputs: readonly Buffer[]): void {
  const folder = join(CORPUS, target);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const input of inputs) writeFileSync(join(folder, nameOf(input)), input);
}

/** Keeps an input that was not borne, and returns where. */
export function writeCrash(target: string, input: Buffer): string {
  mkdirSync(CRASHES, { recursive: true });
  const file = join(CRASHES, `${target}-${nameOf(input)}`);
  writeFileSync(file, input);
  return file;
}
