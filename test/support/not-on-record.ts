import type { Action } from '../../src/audit/index.ts';
import { logRoutes } from './log-routes.ts';

/** Routes that change nothing that an auditor asks for and show no personal data, and why. */
export const notOnRecord: Readonly<Record<string, string>> = {
  ...logRoutes,
  'POST /v1/messages/preview': 'Nothing is kept, and what is shown was written by the caller.',
  'GET /v1/webhook': 'Shows an address that the caller set.',
  'GET /v1/accounts': 'Shows names of tenants.',
  'GET /v1/keys': 'Shows what credentials may do, and none of their secrets.',
  'GET /v1/carriers': 'Shows settings and none of their secrets.',
  'POST /v1/carriers/{name}/test': 'Connects to a carrier as its link does; sends and shows nothing of a message.',
  'GET /v1/vault/inventory': 'Shows which kinds of keys there are and how old they are.',
  'GET /v1/root-key': 'Shows where the root key is, and how much it wraps.',
  'GET /v1/seal': 'Shows whether the gateway is sealed.',
  'POST /v1/unseal': 'Refused where the gateway is not sealed; test/journeys/sealed.test.ts where it is.',
  'GET /v1/retention': 'Shows how long what is kept.',
  'GET /v1/holds': 'Shows who holds what and why, and names no person.',
  'GET /v1/erasures/{id}/certificate': 'Shows a signed statement that names no person; the erasure is on record.',
  'GET /v1/audit/sinks': 'Shows where the log is exported to, and how far.',
  'GET /v1/status': 'Shows how the gateway is.',
  'GET /v1/routes': 'Shows settings.',
  'POST /v1/routes/explain': 'Says where a message would go; nothing is known of whose number it is.',
};

/** Actions that test/journeys/on-record.test.ts does not do, and where they are seen on record, or why not. */
export const elsewhere: Readonly<Partial<Record<Action, string>>> = {
  'gateway.unsealed': 'test/journeys/sealed.test.ts',
  'log.alive': 'test/contract/audit-log.test.ts',
  'alarm.ended': 'test/journeys/alarms.test.ts',
  'backup.made': 'test/contract/backup-record.test.ts',
  'backup.drilled': 'test/contract/backup-record.test.ts',
  'backup.restored': 'test/contract/backup-record.test.ts',
  'retention.ended': 'test/contract/retention.test.ts',
};
