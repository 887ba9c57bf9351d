import { GrowingTree, HASH_BYTES, hashLeafInto } from '../src/audit/tree/index.ts';

/** What a leaf of the audit log costs: its hash, its place in the tree, its tiles, a root for each batch: `node bench/merkle.ts`. */
const ENTRY_BYTES = 100;
const BATCH = 1024;
const BATCHES = 200;
const REPEATS = 9;

const entries = Buffer.alloc(BATCH * ENTRY_BYTES, 'an entry of the log, ');
const hashes = Buffer.alloc(BATCH * HASH_BYTES);

function hashLeaves(): void {
  for (let at = 0; at < BATCH; at++) {
    hashLeafInto(entries, at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES, hashes, at * HASH_BYTES);
  }
}

let tree = new GrowingTree();
let octets = 0;

function grow(): void {
  hashLeaves();
  for (let at = 0; at < BATCH; at++) tree.append(hashes, at * HASH_BYTES);
  for (const tile of tree.takeTiles()) octets += tile.hashes.length;
  octets += tree.root().length;
}

/** CPU time of this process, so that what else the machine does counts little. */
function usPerLeaf(work: () => void): number {
  tree = new GrowingTree();
  const start = process.cpuUsage();
  for (let batch = 0; batch < BATCHES; batch++) work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / (BATCHES * BATCH);
}

function median(work: () => void): number {
  const times = Array.from({ length: REPEATS }, () => usPerLeaf(work)).toSorted((a, b) => a - b);
  return times[(REPEATS - 1) / 2]!;
}

const leafUs = median(hashLeaves);
const allUs = median(grow);
console.table({ 'leaf hash µs': leafUs, 'tree, tiles and roots µs': allUs - leafUs, 'all µs/leaf': allUs });
if (octets === 0) throw new Error('no tile was made');
