import { createPrivateKey, X509Certificate } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { FaultError } from '../../base/fault.ts';
import type { KeyPair } from './issue.ts';

const OWNER_ONLY = 0o600;
const FOR_ALL = 0o644;
const OTHERS = 0o077;

/** Where the two halves of a pair are. */
export interface PairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A pair that was read and fits together. */
export interface ReadPair extends KeyPair {
  /** The first certificate of the chain: the one of the key. */
  readonly leaf: X509Certificate;
}

const refused = (detail: string, cause?: unknown) => new FaultError('invalid_setting', { detail }, cause);

/** A key and a certificate that do not belong together: one of them was replaced without the other. */
export class KeyMismatch extends FaultError {
  override name = 'KeyMismatch';
}

/** Reads a certificate chain and its key. What cannot be used throws `invalid_setting`, in words with the file's name. */
export function readPair({ certFile, keyFile }: PairFiles): ReadPair {
  const pair = { cert: readCertificates(certFile), key: readPrivateKey(keyFile) };
  const leaf = parsed(certFile, 'a certificate', () => new X509Certificate(pair.cert));
  const privateKey = parsed(keyFile, 'a private key without a passphrase', () => createPrivateKey(pair.key));
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new KeyMismatch('invalid_setting', { detail: `${keyFile} is not the key of ${certFile}` });
  }
  return { ...pair, leaf };
}

/** Reads certificates; PEM. */
export const readCertificates = (file: string): string => readText(file, () => undefined);

const REVOCATION_LIST = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g;

/** Reads revocation lists; PEM. One at least. */
export function readRevocations(file: string): string[] {
  const lists = readText(file, () => undefined).match(REVOCATION_LIST);
  if (lists === null) throw refused(`${file} holds no revocation list in PEM`);
  return lists;
}

/** Reads a private key, and refuses a file that others may read or write. */
export const readPrivateKey = (file: string): string =>
  readText(file, (mode) => {
    if ((mode & OTHERS) !== 0)
      throw refused(`${file} may be read or written by others than its owner: chmod 600 ${file}`);
  });

/** Looks at the mode of what was opened, not of what stands there now. */
function readText(file: string, checkMode: (mode: number) => void): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    throw refused(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
  try {
    checkMode(fstatSync(descriptor).mode);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function parsed<T>(file: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw refused(`${file} is not ${what} in PEM`, error);
  }
}

/** Writes a pair so that each file is whole at every moment, the key readable by its owner only. */
export async function writePair({ certFile, keyFile }: PairFiles, { cert, key }: KeyPair): Promise<void> {
  await replaceFile(keyFile, key, OWNER_ONLY);
  await replaceFile(certFile, cert, FOR_ALL);
}

async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
