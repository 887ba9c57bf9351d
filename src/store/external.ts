import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import { SECOND_MS } from '../base/clock.ts';
import { FaultError } from '../base/fault.ts';
import type { Secret } from '../base/secret.ts';
import type { DatabaseServer } from './embedded/index.ts';

const DEFAULT_PORT = 5432;
const KEEP_ALIVE_AFTER_MS = 10 * SECOND_MS;
const PLAIN_MODES = new Set<string | null>([null, 'disable', 'allow', 'prefer']);

/**
 * The server behind DATABASE_URL. Over the network it is spoken to through TLS 1.3 with its certificate and name verified
 * (as sslmode=verify-full) by the authorities of the machine or those in `caFile`; in plain only through a Unix socket or
 * on loopback, and there too unless the address asks for TLS.
 */
export async function externalServer(url: Secret, caFile: string | null): Promise<DatabaseServer> {
  const address = parseUrl(url);
  const isPlain = isLocal(address.host) && PLAIN_MODES.has(address.sslmode);
  if (!isPlain && address.sslmode === 'disable') {
    throw new FaultError('database_tls_required', {
      detail: `DATABASE_URL asks for sslmode=disable, and ${address.host} is another machine: use sslmode=verify-full.`,
    });
  }
  const { host, port, user, database } = address;
  const config: ClientConfig = {
    host,
    port,
    user,
    database,
    ...(address.password !== '' && { password: address.password }),
    ssl: isPlain ? false : await verifiedTls(host, caFile),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
  };
  return { kind: 'external', pid: null, owner: config, gateway: config, stop: () => Promise.resolve() };
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslmode: string | null;
}

const KNOWN_PARAMETERS = new Set(['host', 'port', 'user', 'password', 'dbname', 'sslmode']);

/** libpq's URI form: postgresql://user:password@host:port/database?sslmode=…, where `host` may be a folder of a socket. */
function parseUrl(secret: Secret): Address {
  const url = URL.parse(secret.reveal());
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol))
    throw invalid('It begins with postgresql://user@host/database');
  for (const name of url.searchParams.keys()) {
    if (!KNOWN_PARAMETERS.has(name))
      throw invalid(`Its parameter ${JSON.stringify(name)} is not known to this gateway`);
  }
  const part = (name: string, text: string) => url.searchParams.get(name) ?? decodeURIComponent(text);
  const address = {
    host: part('host', url.hostname).replace(/^\[(.*)\]$/, '$1'),
    port: Number(part('port', url.port) || DEFAULT_PORT),
    user: part('user', url.username),
    password: part('password', url.password),
    database: part('dbname', url.pathname.slice(1)),
    sslmode: url.searchParams.get('sslmode'),
  };
  if (address.host === '' || address.user === '' || address.database === '') {
    throw invalid('It names a user, a host and a database');
  }
  return address;
}

const invalid = (why: string) =>
  new FaultError('database_url_invalid', { detail: `DATABASE_URL cannot be used. ${why}.` });

/** A Unix socket (a folder's path), or an address that does not leave this machine. */
function isLocal(host: string): boolean {
  return (
    host.startsWith('/') || host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  );
}

async function verifiedTls(host: string, caFile: string | null): Promise<ConnectionOptions> {
  const tls = { host, rejectUnauthorized: true, minVersion: 'TLSv1.3' as const };
  return caFile === null ? tls : { ...tls, ca: await readAuthorities(caFile) };
}

async function readAuthorities(caFile: string): Promise<string> {
  try {
    return await readFile(caFile, 'utf8');
  } catch (error) {
    throw new FaultError(
      'invalid_setting',
      { detail: `The database's certificate authorities cannot be read from ${caFile}.` },
      error,
    );
  }
}
