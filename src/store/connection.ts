import { Client, type ClientConfig } from 'pg';
import { SECOND_MS } from '../base/clock.ts';
import { FaultError } from '../base/fault.ts';
import type { GatewayRole } from './roles-store.ts';

const CONNECT_TIMEOUT_MS = 10 * SECOND_MS;

/** How a connection is made that works under `role`, whatever the login role may do besides. */
export function configOf(login: ClientConfig, role?: GatewayRole): ClientConfig {
  const setRole = role === undefined ? '' : ` -c role=${role}`;
  return {
    ...login,
    application_name: 'sallyport',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    options: `-c search_path=public${setRole}`,
  };
}

/** Connects at start-up: what goes wrong is told in words, as `database_unreachable`. */
export async function connect(login: ClientConfig): Promise<Client> {
  const client = new Client(configOf(login));
  // A connection that is lost fails the query under way, and that says enough.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw new FaultError(
      'database_unreachable',
      { detail: `The database cannot be reached: ${reason(error)}.` },
      error,
    );
  }
}

const REASONS: Record<string, string> = {
  '28P01': 'it refuses the user or the password',
  '28000': 'it does not let this user in from here',
  '3D000': 'it has no database of that name',
  '53300': 'it has no connection left',
  '57P03': 'it is starting or stopping',
  ENOTFOUND: 'the name of its machine is not known',
  ECONNREFUSED: 'nothing listens at that address',
  ENOENT: 'there is no socket in that folder',
  ETIMEDOUT: 'it does not answer',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by no authority that is trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by no authority that is trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by no authority that is trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by no authority that is trusted here',
};

function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== undefined) return REASONS[code] ?? code;
  if (message?.includes('does not support SSL')) return 'it does not offer TLS';
  return 'it does not answer';
}
