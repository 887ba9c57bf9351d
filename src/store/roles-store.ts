import { type Client, DatabaseError } from 'pg';
import { FaultError } from '../base/fault.ts';

/** The two roles that the gateway works under. They own nothing, and what they may do is granted by the migrations. */
export type GatewayRole = 'sallyport_engine' | 'sallyport_tenant';
export const gatewayRoles: readonly GatewayRole[] = ['sallyport_engine', 'sallyport_tenant'];

const DUPLICATE_OBJECT = '42710';
const UNIQUE_VIOLATION = '23505';
const INSUFFICIENT_PRIVILEGE = '42501';

/** Makes the roles where they are missing, and makes sure that `client`'s login role may become each of them. */
export async function ensureRoles(client: Client): Promise<void> {
  try {
    for (const role of gatewayRoles) await ensureRole(client, role);
  } catch (error) {
    if (!isOneOf([INSUFFICIENT_PRIVILEGE], error)) throw error;
    const detail = `The login role of DATABASE_URL may not make the gateway's roles. Let an administrator run: CREATE ROLE sallyport_engine NOLOGIN; CREATE ROLE sallyport_tenant NOLOGIN; GRANT sallyport_engine, sallyport_tenant TO the login role.`;
    throw new FaultError('migration_failed', { detail }, error);
  }
}

async function ensureRole(client: Client, role: GatewayRole): Promise<void> {
  const found = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  // Roles belong to the whole server: a gateway on another of its databases may be making the same ones.
  if (found.rowCount === 0)
    await unless([DUPLICATE_OBJECT, UNIQUE_VIOLATION], client.query(`CREATE ROLE ${role} NOLOGIN`));
  const isMember = await unless([INSUFFICIENT_PRIVILEGE], client.query(`SET ROLE ${role}`));
  if (!isMember) await client.query(`GRANT ${role} TO CURRENT_USER`);
  await client.query('RESET ROLE');
}

/** Whether a statement succeeded, where it may fail with one of `codes`. */
async function unless(codes: string[], statement: Promise<unknown>): Promise<boolean> {
  try {
    await statement;
    return true;
  } catch (error) {
    if (isOneOf(codes, error)) return false;
    throw error;
  }
}

const isOneOf = (codes: string[], error: unknown) => error instanceof DatabaseError && codes.includes(error.code ?? '');
