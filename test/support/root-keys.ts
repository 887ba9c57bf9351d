import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { RootKeys, type RootKeysOptions, type RootSettings } from '../../src/vault/index.ts';

/** As cheap as is allowed: tests make many passphrases. */
export const cheapest = { memoryKib: 65_536, passes: 3 };

export const settingsOf = (path: string, more: Partial<RootSettings> = {}): RootSettings => ({
  inForce: 'file',
  file: { path, passphraseFile: null },
  pkcs11: null,
  kms: null,
  ...more,
});

/** The root keys of a gateway, in a file unless the settings say otherwise. */
export const rootKeysIn = (
  path: string,
  settings: Partial<RootSettings> = {},
  more: Partial<RootKeysOptions> = {},
): RootKeys =>
  new RootKeys({
    settings: settingsOf(path, settings),
    clock: systemClock,
    entropy: systemEntropy,
    cost: cheapest,
    ...more,
  });
