import assert from 'node:assert/strict';
import type { Pool } from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import type { Fault } from '../../src/base/fault.ts';
import type { Recipient } from '../../src/consent/index.ts';
import { makeDays } from '../../src/store/index.ts';
import type { PrivacyStage } from './privacy-stage.ts';

export const DAY_MS = 86_400_000;
export const today = (): number => Math.floor(systemClock.now() / DAY_MS);
export const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
export const codeOf = (answer: object): string | null => (answer as Fault).code ?? null;

/** A partition is added under a lock of its table; a round of the river that reads both tables meanwhile may be in the way. */
async function dayMade(engine: Pool, day: number): Promise<void> {
  try {
    await makeDays(engine, day, day);
  } catch (error) {
    if ((error as { code?: string }).code !== '40P01') throw error;
    await dayMade(engine, day);
  }
}

/** Moves everything of today to another day, as if it had been then; the keys of that day are made. */
export async function moveTo({ rivers, owner, accountId }: PrivacyStage, day: number): Promise<void> {
  const { base } = rivers;
  await dayMade(base.database.engine, day);
  await base.vault.prepareDays([accountId], [day]);
  const high = (day * DAY_MS).toString(16).padStart(12, '0');
  const prefix = `${high.slice(0, 8)}-${high.slice(8)}`;
  for (const [table, column] of [
    ['message', 'id'],
    ['message_event', 'message_id'],
    ['waiting', 'message_id'],
  ])
    await owner.query(`UPDATE ${table} SET ${column} = ($1 || right(${column}::text, 23))::uuid`, [prefix]);
  await owner.query(`UPDATE recipient SET seen_on = date 'epoch' + $1::int4`, [day]);
}

/** Somebody of whom there is no message, last seen on a day. */
export async function meet({ rivers, owner, accountId }: PrivacyStage, number: string, day: number): Promise<number> {
  const met = await new Promise<Recipient | Fault>((resolve) =>
    rivers.base.recipients.meet(accountId, number.slice(1), resolve),
  );
  assert.ok(!('code' in met));
  await owner.query(`UPDATE recipient SET seen_on = date 'epoch' + $1::int4 WHERE id = $2`, [day, met.id]);
  return met.id;
}

export const keptDays = async ({ owner }: PrivacyStage): Promise<number[]> => {
  const { rows } = await owner.query<{ day: number }>(
    `SELECT DISTINCT period - date 'epoch' AS day FROM vault.key WHERE kind = 'day' AND wrapped IS NOT NULL ORDER BY 1`,
  );
  return rows.map(({ day }) => day);
};

export const partitionOf = async ({ owner }: PrivacyStage, day: number): Promise<string | null> => {
  const name = `message_${dayText(day).replaceAll('-', '')}`;
  return (await owner.query<{ found: string | null }>('SELECT to_regclass($1)::text AS found', [name])).rows[0]!.found;
};

export const ended = async (stage: PrivacyStage): Promise<string[]> =>
  (await stage.entries())
    .filter(({ what }) => what === 'retention.ended')
    .map(({ on, about }) => [on.at(-1), about?.day, about?.messages ?? about?.people].join(' '));

export async function hold(stage: PrivacyStage, about: object = {}): Promise<number> {
  const scope = { account: 'test', number: null, sender: null, fromDay: 0, toDay: today(), why: 'case 12', by: 'jane' };
  const asked = await stage.office.askHold({ ...scope, expiresAtMs: systemClock.now() + DAY_MS, ...about });
  assert.ok(!('code' in asked));
  return asked.id;
}

export async function inForce(stage: PrivacyStage, about: object = {}): Promise<number> {
  const id = await hold(stage, about);
  assert.equal(codeOf(await stage.office.approveHold(id, 'john')), null);
  return id;
}
