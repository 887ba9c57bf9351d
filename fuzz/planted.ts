import { type Target, words } from './target.ts';

/** Targets that are broken on purpose: what a fuzzer must find. */
const SECRET = Buffer.from('Qx7');
const HOARD_BYTES = 4096;
const hoard: Buffer[] = [];

const planted = { modules: /fuzz\/planted\.ts$/, maxBytes: 8, dictionary: words('a'), seeds: () => words('aaaaaaaa') };

/** Throws behind three octets, of which each is checked in a block of its own. No word of the dictionary helps. */
const deep: Target = {
  ...planted,
  name: 'deep',
  run(input) {
    if (input[0] !== SECRET[0]) return;
    if (input[1] !== SECRET[1]) return;
    if (input[2] === SECRET[2]) throw new Error('found');
  },
};

/** Never comes back from an input that begins with an octet below 'a'. */
const endless: Target = {
  ...planted,
  name: 'endless',
  run(input) {
    while ((input[0] ?? 0x61) < 0x61);
  },
};

/** Lets go of nothing. */
const hoarding: Target = {
  ...planted,
  name: 'hoarding',
  run() {
    hoard.push(Buffer.allocUnsafeSlow(HOARD_BYTES));
  },
};

export const targets: readonly Target[] = [deep, endless, hoarding];
