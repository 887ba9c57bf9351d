import { join } from 'node:path';
import { PeerProcess } from './peer-process.ts';

const program = (name: string): string => join(import.meta.dirname, name);

/** Starts an SMSC made of the npm package `smpp`; with files of a key and a certificate, over TLS. */
export const npmSmsc = (...identityFiles: readonly string[]): PeerProcess =>
  new PeerProcess(process.execPath, [program('npm-smpp-smsc.ts'), ...identityFiles]);

/** Starts an ESME made of it; its first order says where to bind. */
export const npmClient = (): PeerProcess => new PeerProcess(process.execPath, [program('npm-smpp-client.ts')]);
