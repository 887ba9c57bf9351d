import { join } from 'node:path';
import { SECOND_MS } from '../base/clock.ts';
import type { Settings } from '../config/index.ts';
import type { RootSettings } from './roots/root-keys.ts';

/** Where the root keys of a gateway are. The settings of a kind that is not in force may be there, or not. */
export const rootSettings = (settings: Settings): RootSettings => ({
  inForce: settings.vault.rootKey,
  file: { path: join(settings.dataFolder, 'root.key'), passphraseFile: settings.vault.passphraseFile },
  pkcs11: tokenSettings(settings.pkcs11),
  kms: kmsSettings(settings.kms),
});

function tokenSettings({ module, token, pinFile, keyLabel }: Settings['pkcs11']): RootSettings['pkcs11'] {
  if (module === null || token === null || pinFile === null) return null;
  return { module, token, pinFile, keyLabel };
}

function kmsSettings({
  url,
  keyId,
  certFile,
  keyFile,
  timeoutSeconds,
  ...files
}: Settings['kms']): RootSettings['kms'] {
  if (url === null || keyId === null) return null;
  const certificate = certFile === null || keyFile === null ? null : { certFile, keyFile };
  return { url, keyId, certificate, timeoutMs: timeoutSeconds * SECOND_MS, ...files };
}
