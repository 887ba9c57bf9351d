import type pg from 'pg';
import { Accounts, PostgresCredentials } from '../../src/access/index.ts';
import type { Action, Actor, Audit } from '../../src/audit/index.ts';
import { CarriersStore, RoutesStore } from '../../src/carriers/index.ts';
import { WebhooksStore } from '../../src/messages/notify/webhooks-store.ts';
import { ReplacementStore } from '../../src/messages/replacement-store.ts';
import { WaitingStore } from '../../src/messages/waiting-store.ts';
import type { Register } from '../../src/register/index.ts';
import { registeredStores } from './test-register.ts';

/** A message that waits for its time, and one that is replaced. */
export const MESSAGE = '01890a5d-ac96-774b-bcce-b302099a8057';
const messageId = Buffer.from(MESSAGE.replaceAll('-', ''), 'hex');
const AT_MS = Date.UTC(2030, 0, 1);
const by: Actor = { who: 'operator:test', from: 'control socket', why: 'it is tested' };

/** What the deeds need to be there: rows under the number 1. */
export const GROUND = `
  INSERT INTO account (name) VALUES ('base');
  INSERT INTO credential (account_id, kind, name, lookup, secret_hash, capability, created_at, expires_at)
    VALUES (1, 'api_key', 'base', 'base', '', '{}', now(), now());
  INSERT INTO carrier (name, kind, settings) VALUES ('base', 'sandbox', '{}');
  INSERT INTO carrier (name, kind, settings, is_enabled) VALUES ('disabled', 'sandbox', '{}', false);
  INSERT INTO route (prefix, carriers) VALUES ('1', ARRAY['base']);
  INSERT INTO webhook (account_id, url, sealed_secret) VALUES (1, 'https://hooks.example/', '');
  INSERT INTO waiting (account_id, message_id, what, state, credential_id, due_at, attempts, event_at)
    VALUES (1, '${MESSAGE}', 0, 0, 1, now(), 0, now());`;

/** Everything that a deed can change, as one text; and how much is on record. */
export const STANDING = `
  SELECT concat(${[
    'account',
    'credential',
    'carrier',
    'route',
    'webhook',
    'register',
    'waiting',
    'message_event',
    'message_replacement',
  ]
    .map((table) => `(SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM ${table} t), '|'`)
    .join(', ')}) AS rows,
  (SELECT count(*) FROM audit_group)::int4 AS groups`;

export interface Standing {
  readonly rows: string;
  readonly groups: number;
}

const credential = {
  accountId: 1,
  kind: 'api_key',
  name: 'new',
  lookup: 'new',
  secretHash: '',
  capability: {},
  createdAtMs: AT_MS,
  expiresAtMs: AT_MS,
} as const;
const carrier = { name: 'new', kind: 'sandbox', settings: {}, sealedSecret: null, createdAtMs: AT_MS } as const;
const rule = { prefix: '44', sender: null, class: null, accountId: null, carriers: ['base'] };
const replacement = {
  accountId: 1,
  messageId,
  revision: 1,
  atMs: AT_MS,
  dueAtMs: AT_MS,
  dataCoding: 0,
  flags: 0,
  segments: 1,
  expiresAtMs: AT_MS,
  body: Buffer.from('sealed'),
};

type Deed = (pool: pg.Pool, audit: Audit, register: Register) => Promise<unknown>;

/** Every change that is put on record in a transaction of its own, against the store that makes it. */
export const deeds: Readonly<
  Record<
    string,
    { readonly action: Action; readonly does: Deed /** 4 where it is left out. */; readonly statements?: number }
  >
> = {
  'an account is made': { action: 'account.made', does: (pool, audit) => new Accounts(pool, audit).create('new', by) },
  'a credential is made': {
    action: 'credential.made',
    statements: 6,
    does: (_pool, audit, register) => new PostgresCredentials(audit, register).add(credential, by),
  },
  'a credential is revoked': {
    action: 'credential.revoked',
    statements: 6,
    does: (_pool, audit, register) => new PostgresCredentials(audit, register).revoke(1, AT_MS, by),
  },
  'a carrier is added': {
    action: 'carrier.added',
    statements: 6,
    does: (pool, audit, register) => new CarriersStore(pool, audit, register).add({ id: 9, ...carrier }, by),
  },
  'a carrier is changed': {
    action: 'carrier.changed',
    statements: 6,
    does: (pool, audit, register) => {
      const standing = { isEnabled: true, revision: 1, isRemoved: false, standing: 'whole' } as const;
      const row = { ...carrier, id: 1, name: 'base', ...standing };
      const to = { kind: 'sandbox', settings: {}, sealedSecret: null, isEnabled: false } as const;
      return new CarriersStore(pool, audit, register).change(row, to, ['isEnabled'], by);
    },
  },
  'a carrier is removed': {
    action: 'carrier.removed',
    statements: 6,
    does: (pool, audit, register) => new CarriersStore(pool, audit, register).remove(2, by),
  },
  'a route is added': {
    action: 'route.changed',
    statements: 6,
    does: (_pool, audit, register) => new RoutesStore(audit, register).add(rule, AT_MS, by),
  },
  'a route is removed': {
    action: 'route.changed',
    statements: 6,
    does: (_pool, audit, register) => new RoutesStore(audit, register).remove(1, by),
  },
  'a webhook is set': {
    action: 'webhook.set',
    statements: 6,
    does: (_pool, audit, register) => {
      const row = { accountId: 1, url: 'https://other.example/', sealedSecret: Buffer.alloc(1), createdAtMs: AT_MS };
      return new WebhooksStore(audit, register).set(row, by);
    },
  },
  'a webhook is removed': {
    action: 'webhook.removed',
    statements: 6,
    does: (_pool, audit, register) => new WebhooksStore(audit, register).remove(1, by),
  },
  'a table is accepted': {
    action: 'register.accepted',
    statements: 8,
    does: (pool, _audit, register) => {
      registeredStores(pool, register);
      return register.accept('route', by);
    },
  },
  'a message is cancelled': {
    action: 'message.cancelled',
    does: (pool, audit) => {
      const entry = audit.done(by, 'message.cancelled', [`message:${MESSAGE}`]);
      const about = { nodeId: 1, hasWebhook: false, atMs: AT_MS, entry };
      return new WaitingStore(pool, audit).cancelSend(1, messageId, about);
    },
  },
  'a message is replaced': {
    action: 'message.replaced',
    does: (pool, audit) => {
      const entry = audit.done(by, 'message.replaced', [`message:${MESSAGE}`]);
      return new ReplacementStore(audit, pool).replace(replacement, 1, entry);
    },
  },
};
