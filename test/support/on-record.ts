import type pg from 'pg';
import type { Uses } from '../../src/access/index.ts';
import { type Actor, Audit } from '../../src/audit/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { BatchWriter } from '../../src/store/index.ts';

/** Who does what a test does. */
export const TESTER: Actor = { who: 'operator:test', from: null };

/** The audit log of stores that act in transactions of their own. It has no batch. */
export const auditOf = (pool: pg.Pool): Audit =>
  new Audit({ pool, writer: undefined as unknown as BatchWriter, clock: systemClock });

/** Takes everything for being on record. */
export const fakeUses: Pick<Uses, 'isKnown' | 'used' | 'bound' | 'refused'> = {
  isKnown: () => true,
  used: (_credential, _address, then) => then(null),
  bound: (_credential, _address, _mode, then) => then(null),
  refused: () => {},
};

export const fakeAudit: Pick<Audit, 'done' | 'noted'> = {
  done: ({ who, from }, what, on) => ({ who, from, what, on, atMs: 0, outcome: 'done' }),
  noted: () => Promise.resolve(null),
};
