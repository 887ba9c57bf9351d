import type { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DAY_MS } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type IssueContext, issueServer, makeAuthority } from './issue.ts';
import { KeyMismatch, type PairFiles, type ReadPair, readPair, writePair } from './key-files.ts';

/** What has less than this before it is replaced. */
const RENEWAL_MS = 30 * DAY_MS;

/** A host name that fits a common name (RFC 5280, ub-common-name). */
const HOST_NAME = /^(?=.{1,64}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

export interface LocalCertificateOptions extends IssueContext {
  /** Where the authority and the certificate are kept; made where it is missing. */
  readonly folder: string;
  /** The name of this machine. */
  readonly hostName: string;
  readonly log: Log;
}

const pairIn = (folder: string, name: string): PairFiles => ({
  certFile: join(folder, `${name}.crt`),
  keyFile: join(folder, `${name}.key`),
});

/** The certificate that clients of the gateway are to trust. */
export const authorityFile = (folder: string): string => pairIn(folder, 'ca').certFile;

/** The gateway's own certificate, from its own authority: made where there is none, renewed when its time comes. */
export async function localCertificate(options: LocalCertificateOptions): Promise<ReadPair> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const files = pairIn(options.folder, 'server');
  const authority = await ensureAuthority(options);
  const server = readCurrent(files, options.clock.now());
  return server !== null && isFrom(authority, server) ? server : renew(files, authority, options);
}

async function ensureAuthority(options: LocalCertificateOptions): Promise<ReadPair> {
  const { folder, clock, hostName, log } = options;
  const files = pairIn(folder, 'ca');
  const authority = readCurrent(files, clock.now());
  if (authority !== null) return authority;
  const name = hostName.toLowerCase();
  await writePair(files, await makeAuthority(HOST_NAME.test(name) ? name : 'localhost', options));
  log.warn('tls.authority_made', { file: files.certFile, reason: 'clients have to be told to trust it' });
  return readPair(files);
}

async function renew(files: PairFiles, authority: ReadPair, options: LocalCertificateOptions): Promise<ReadPair> {
  const name = hostNameOf(authority.leaf);
  await writePair(files, await issueServer(authority, name, options));
  options.log.info('tls.certificate_made', { file: files.certFile });
  if (name !== options.hostName.toLowerCase()) {
    options.log.warn('tls.host_name_left_out', { reason: 'the local authority may not vouch for it' });
  }
  return readPair(files);
}

/** A pair that is there and has time left. One of which a crash left only half is as good as none. */
function readCurrent(files: PairFiles, nowMs: number): ReadPair | null {
  if (!existsSync(files.certFile) || !existsSync(files.keyFile)) return null;
  try {
    const pair = readPair(files);
    return pair.leaf.validToDate.getTime() - nowMs > RENEWAL_MS ? pair : null;
  } catch (error) {
    if (error instanceof KeyMismatch) return null;
    throw error;
  }
}

const isFrom = (authority: ReadPair, { leaf }: ReadPair): boolean =>
  leaf.checkIssued(authority.leaf) && leaf.verify(authority.leaf.publicKey);

/** The host name an authority was made for: its common name. */
const hostNameOf = (authority: X509Certificate): string => /^CN=(.+)$/m.exec(authority.subject)?.[1] ?? 'localhost';
