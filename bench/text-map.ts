import { systemClock } from '../src/base/clock.ts';
import { TextMap } from '../src/base/text-map.ts';

const ROUNDS = 7;
const COUNT = 200_000;
const HELD = 1000;

interface Texts {
  set(key: string, value: number): unknown;
  get(key: string): number | undefined;
  delete(key: string): unknown;
}

function costNs(map: Texts, round: number): number {
  const octets = Buffer.alloc(11);
  const keys = Array.from({ length: COUNT }, (_, at) => {
    octets.latin1Write(`${12_025_550_100 + round * COUNT + at}`, 0);
    return octets.latin1Slice(0, 11);
  });
  const again = keys.map((key) => Buffer.from(key).latin1Slice(0, 11));
  const from = systemClock.elapsed();
  for (let at = 0; at < COUNT; at++) {
    map.set(keys[at]!, at);
    if (at >= HELD) map.delete(again[at - HELD]!);
  }
  return ((systemClock.elapsed() - from) * 1e6) / COUNT;
}

const best = { Map: Number.POSITIVE_INFINITY, TextMap: Number.POSITIVE_INFINITY };
for (let round = 0; round < ROUNDS; round++) {
  best.Map = Math.min(best.Map, costNs(new Map<string, number>(), 2 * round));
  best.TextMap = Math.min(best.TextMap, costNs(new TextMap<number>(), 2 * round + 1));
}
console.log(best);
