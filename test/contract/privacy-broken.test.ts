import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type pg from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import { FaultError } from '../../src/base/fault.ts';
import { holdsStore } from '../../src/privacy/holds-store.ts';
import { Erasure, Holds, Retention } from '../../src/privacy/index.ts';
import { makeDays } from '../../src/store/index.ts';
import { breakingPool } from '../support/breaking-pool.ts';
import { DAY_MS, meet, today } from '../support/old-days.ts';
import { auditOf } from '../support/on-record.ts';
import { PrivacyStage } from '../support/privacy-stage.ts';

/** One change: what there must be before it, and the change over a pool that may break. `n` differs each time. */
interface Change {
  readonly prepare: (stage: PrivacyStage, n: number) => Promise<unknown>;
  readonly does: (stage: PrivacyStage, pool: pg.Pool, n: number) => Promise<unknown>;
}

const scopeOf = ({ accountId }: PrivacyStage) => ({
  accountId,
  recipientId: null,
  sender: null,
  fromDay: 1,
  toDay: 2,
  why: 'case 12',
  expiresAtMs: systemClock.now() + DAY_MS,
});
const holds = (pool: pg.Pool): Holds => new Holds({ pool, audit: auditOf(pool), clock: systemClock });
const retention = ({ rivers }: PrivacyStage, pool: pg.Pool): Retention =>
  new Retention({
    ...rivers.base,
    ...rivers.options,
    pool,
    audit: auditOf(pool),
    alarms: { raise: () => undefined, end: () => undefined },
  });
const numberOf = (n: number): string => `+1202555${String(100 + n).padStart(4, '0')}`;
const asked = (stage: PrivacyStage, n: number): Promise<unknown> =>
  holdsStore.ask(stage.owner, scopeOf(stage), `jane${n}`, systemClock.now());
const newest = async ({ owner }: PrivacyStage): Promise<number> =>
  (await owner.query<{ id: number }>('SELECT max(id) AS id FROM legal_hold')).rows[0]!.id;
const nothing = (): Promise<void> => Promise.resolve();

const changes: Readonly<Record<string, Change>> = {
  'how long something is kept': {
    prepare: nothing,
    does: (stage, pool, n) =>
      retention(stage, pool).set({ accountId: 0, datum: 'message_body', days: 1 + n, setBy: 'jane' }),
  },
  'asking for a hold': { prepare: nothing, does: (stage, pool) => holds(pool).ask(scopeOf(stage), 'jane') },
  'approving a hold': {
    prepare: asked,
    does: async (stage, pool) => holds(pool).approve(await newest(stage), 'john'),
  },
  'ending a hold': { prepare: asked, does: async (stage, pool) => holds(pool).end(await newest(stage), 'john') },
  'the end of a suppression': {
    prepare: async (stage, n) => {
      const hash = Buffer.from(stage.rivers.base.vault.hashNumber(stage.accountId, numberOf(n).slice(1)));
      await stage.owner.query(`INSERT INTO suppression VALUES ($1, $2, now(), 'erased')`, [stage.accountId, hash]);
    },
    does: (stage, pool, n) => {
      const { base, options } = stage.rivers;
      const [lookUp, forget, logSize] = [() => Promise.resolve(null), nothing, () => Promise.resolve(0)];
      const erasure = new Erasure({ ...base, ...options, pool, audit: auditOf(pool), lookUp, forget, logSize });
      return erasure.lift({ accountId: stage.accountId, digits: numberOf(n).slice(1), why: 'asked', by: 'jane' });
    },
  },
  'the end of bodies': {
    prepare: (stage, n) => stage.rivers.base.vault.prepareDays([stage.accountId], [today() - 40 - n]),
    does: (stage, pool) => retention(stage, pool).round(),
  },
  'the end of records': {
    prepare: (stage, n) => makeDays(stage.rivers.base.database.engine, today() - 500 - n, today() - 500 - n),
    does: (stage, pool) => retention(stage, pool).round(),
  },
  'the end of people': {
    prepare: (stage, n) => meet(stage, numberOf(n), today() - 400),
    does: (stage, pool) => retention(stage, pool).round(),
  },
};

const FULL_DISK = `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
  CREATE TRIGGER full_disk BEFORE INSERT ON audit_group FOR EACH ROW EXECUTE FUNCTION full_disk()`;
const TABLES = [
  'retention',
  'legal_hold',
  'suppression',
  'recipient',
  'waiting',
  'vault.key',
  'vault.recipient_key',
  'vault.tombstone',
];
const PARTITIONS = `SELECT count(*)::int4 AS count FROM pg_inherits WHERE inhparent IN ('message'::regclass, 'message_event'::regclass)`;
const IN_TRANSACTION = `SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()`;

describe('no record, no action, at whatever statement the connection breaks', () => {
  let stage: PrivacyStage;
  let n = 0;
  before(async () => {
    stage = await PrivacyStage.open();
  });
  after(() => stage[Symbol.asyncDispose]());

  /** Everything that may change, and how much is on record. */
  async function standing(): Promise<{ rows: string; groups: number }> {
    const tables: string[][] = [];
    for (const table of TABLES) tables.push(await stage.rows(table));
    const partitions = (await stage.owner.query<{ count: number }>(PARTITIONS)).rows[0]!.count;
    return { rows: JSON.stringify([tables, partitions]), groups: (await stage.rows('audit_group')).length };
  }

  /** Tries a change, with a connection that breaks at a statement: whether it broke, and whether the change was made. */
  async function tried({ prepare, does }: Change, at: number, isDone: boolean) {
    await prepare(stage, ++n);
    const old = await standing();
    const { pool, isBroken } = breakingPool(stage.rivers.base.database.engine, at, isDone);
    const answer = await does(stage, pool, n).catch((error: unknown) => error);
    // The server notices that the connection is gone, and gives up its locks.
    while ((await stage.owner.query(IN_TRANSACTION)).rowCount! > 0);
    const now = await standing();
    assert.equal(now.rows !== old.rows, now.groups > old.groups, `statement ${at}, done: ${isDone}`);
    if (isBroken()) assert.ok(answer instanceof Error, `statement ${at}, done: ${isDone}`);
    else assert.ok(!(answer instanceof Error || answer instanceof FaultError), String(answer));
    return { isBroken: isBroken(), isMade: now.rows !== old.rows };
  }

  for (const [name, { prepare, does }] of Object.entries(changes)) {
    it(`${name}: not where the disk is full`, async () => {
      await prepare(stage, ++n);
      const old = await standing();
      await stage.owner.query(FULL_DISK);
      const answer = await does(stage, stage.rivers.base.database.engine, n).catch((error: unknown) => error);
      await stage.owner.query('DROP FUNCTION full_disk CASCADE');
      const { code = '' } = answer instanceof FaultError ? answer.fault : (answer as { code?: string });
      assert.match(code, /^(?:store_full|53100)$/);
      assert.deepEqual(await standing(), old);
      await retention(stage, stage.rivers.base.database.engine).round();
    });
  }

  for (const [name, change] of Object.entries(changes)) {
    it(`${name}: both or neither`, async () => {
      for (const isDone of [false, true]) {
        let made = 0;
        let at = 0;
        for (let isOver = false; !isOver; ) {
          const { isBroken, isMade } = await tried(change, ++at, isDone);
          if (isMade) made++;
          isOver = !isBroken;
        }
        // BEGIN, the change, the entry, COMMIT at least; made where the answer to COMMIT was lost, and where nothing broke.
        assert.ok(at > 4, `${at} statements`);
        assert.ok(made >= (isDone ? 2 : 1), `made ${made} times`);
        await retention(stage, stage.rivers.base.database.engine).round();
      }
    });
  }
});
