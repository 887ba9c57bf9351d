import { type ClientConfig, Pool, type PoolConfig } from 'pg';
import { type Clock, SECOND_MS } from '../base/clock.ts';
import { errorText, type Log } from '../base/log.ts';
import { configOf } from './connection.ts';

export interface Pools {
  readonly engine: Pool;
  readonly tenant: Pool;
}

const ENGINE_CONNECTIONS = 4;
const TENANT_CONNECTIONS = 8;
const TENANT_STATEMENT_TIMEOUT_MS = 10 * SECOND_MS;
const IDLE_MS = 60 * SECOND_MS;
const END_TIMEOUT_MS = 5 * SECOND_MS;

export function openPools(login: ClientConfig, log: Log): Pools {
  const engine = { ...configOf(login, 'sallyport_engine'), max: ENGINE_CONNECTIONS };
  const tenant = {
    ...configOf(login, 'sallyport_tenant'),
    max: TENANT_CONNECTIONS,
    statement_timeout: TENANT_STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: TENANT_STATEMENT_TIMEOUT_MS,
  };
  return { engine: openPool(engine, log), tenant: openPool(tenant, log) };
}

function openPool(config: PoolConfig, log: Log): Pool {
  const pool = new Pool({ ...config, idleTimeoutMillis: IDLE_MS });
  // The pool hears of idle connections only; one that is lost while it is lent would end the process.
  pool.on('connect', (client) => client.on('error', (error) => logLoss(log, error)));
  pool.on('error', () => undefined);
  return pool;
}

export function logLoss(log: Log, error: unknown): void {
  log.warn('database.connection_lost', { cause: errorText(error) });
}

/** Waits for work under way to give its connections back, but not for ever. */
export async function endPools({ engine, tenant }: Pools, clock: Clock): Promise<void> {
  const deadline = new AbortController();
  const late = clock.sleep(END_TIMEOUT_MS, deadline.signal).catch(() => undefined);
  await Promise.race([Promise.all([engine.end(), tenant.end()]), late]);
  deadline.abort();
}
