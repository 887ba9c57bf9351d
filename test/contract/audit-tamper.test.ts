import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { MESSAGE_ENTRY_BYTES, type MessageEntry, writeMessageEntry } from '../../src/audit/index.ts';
import { Dice } from '../../src/base/dice.ts';
import { parseId } from '../../src/base/id.ts';
import { type AuditStage, openAudit } from '../support/audit-stage.ts';
import { temporaryFolder } from '../support/database.ts';
import { ownDatabase } from '../support/hooks.ts';
import { bytesOf, type Row, rowsOf, type Tampering, tampered, tamperings } from '../support/kept-log.ts';

const SIZE = 10_000;
const SAMPLES = 200;
const SEED = 20_330;

let stage: AuditStage;
let folder: string;
let rows: readonly Row[];

const db = ownDatabase(async ({ database, owner, taken }) => {
  folder = taken.use(await temporaryFolder()).path;
  stage = taken.use(await openAudit({ database, folder }));
  rows = rowsOf(Array.from({ length: SIZE }, (_, at) => (at % 3 === 0 ? actionEntry(at) : messageEntry(at))));
  for (const [at, row] of rows.entries()) {
    await insert(row);
    if (at % 16 === 0) await stage.log.round();
  }
  await stage.log.round();
  await owner.query('ALTER TABLE audit_group DISABLE TRIGGER USER'); // who owns the database may do so
  for (const table of TABLES) await owner.query(`CREATE TABLE kept_${table} AS TABLE ${table}`);
});

const TABLES = ['audit_group', 'audit_tile', 'audit_checkpoint'];

const actionEntry = (at: number) => Buffer.from(JSON.stringify({ v: 1, what: 'account.made', on: [`account:${at}`] }));

function messageEntry(at: number): Buffer {
  const atMs = Date.UTC(2030, 0, 1) + at;
  const entry: MessageEntry = {
    state: at % 2 === 0 ? 0 : 10,
    segment: 0,
    atMs,
    accountId: 1,
    messageId: parseId(`01890a5d-ac96-774b-bcce-${String(at).padStart(12, '0')}`)!,
    credentialId: 2,
    carrierId: 3,
    nodeId: 4,
    code: 0,
  };
  const bytes = Buffer.alloc(MESSAGE_ENTRY_BYTES);
  writeMessageEntry(bytes, 0, entry);
  return bytes;
}

const insert = (row: Row) =>
  db.owner.query('INSERT INTO audit_group (entry_count, entries) VALUES ($1, $2)', [row.entryCount, bytesOf(row)]);

async function restore(): Promise<void> {
  await db.owner.query(`TRUNCATE ${TABLES.join(', ')}`);
  for (const table of TABLES) await db.owner.query(`INSERT INTO ${table} OVERRIDING SYSTEM VALUE TABLE kept_${table}`);
}

async function flawAfter(change: () => Promise<unknown>) {
  await change();
  const { flaw } = await stage.log.verify({});
  await restore();
  assert.ok(flaw !== null);
  return flaw;
}

/** Rewrites the row of an entry; where `isTidy`, its count and the places of all rows behind it too. */
async function tamper(index: number, how: Tampering, isTidy: boolean, dice: Dice): Promise<void> {
  const row = rows.findLast(({ firstIndex }) => firstIndex <= index)!;
  const entries = tampered(row.entries, index - row.firstIndex, how, dice);
  const by = isTidy ? entries.length - row.entryCount : 0;
  const values = [row.firstIndex, bytesOf({ ...row, entries }), Math.max(1, row.entryCount + by)];
  await db.owner.query('UPDATE audit_group SET entries = $2, entry_count = $3 WHERE first_index = $1', values);
  if (isTidy && entries.length === 0) await db.owner.query('DELETE FROM audit_group WHERE first_index = $1', [index]);
  if (by === 0) return;
  const behind = [row.firstIndex, SIZE * 2];
  await db.owner.query('UPDATE audit_group SET first_index = first_index + $2 WHERE first_index > $1', behind);
  await db.owner.query('UPDATE audit_group SET first_index = first_index - $1 + $2 WHERE first_index > $1', [
    SIZE * 2,
    by,
  ]);
}

it('a log of 10,000 entries in rows of one to several hundred is what was signed', async () => {
  const { head, checkpoints, flaw } = await stage.log.verify({});
  assert.deepEqual([flaw, head?.size], [null, SIZE]);
  assert.ok(checkpoints > 5);
});

describe(`entries changed in the database by its owner are found, and named (seed ${SEED})`, () => {
  for (const how of tamperings) {
    it(how, async () => {
      const dice = new Dice(SEED);
      for (let turn = 0; turn < SAMPLES / tamperings.length; turn++) {
        const index = dice.below(SIZE);
        const flaw = await flawAfter(() => tamper(index, how, turn % 2 === 0, dice));
        assert.equal(flaw.index, index, `${how} ${index}: ${flaw.where} ${flaw.words}`);
        assert.match(flaw.where, /^(?:row \d+ of audit_group|the end of the log)$/);
      }
    });
  }

  it('rows that are deleted, doubled or given another place', async () => {
    const dice = new Dice(SEED);
    for (let turn = 0; turn < 10; turn++) {
      const { firstIndex } = rows[dice.below(rows.length)]!;
      const gone = await flawAfter(() =>
        db.owner.query('DELETE FROM audit_group WHERE first_index = $1', [firstIndex]),
      );
      assert.deepEqual([gone.code, gone.index], ['entry_missing', firstIndex]);
      const moved = await flawAfter(() =>
        db.owner.query('UPDATE audit_group SET first_index = $2 WHERE first_index = $1', [firstIndex, SIZE + 5]),
      );
      assert.equal(moved.index, firstIndex);
    }
    const more = await flawAfter(() =>
      db.owner.query("INSERT INTO audit_group (entry_count, entries, first_index) VALUES (1, '\\x00017b', 10000)"),
    );
    assert.deepEqual([more.code, more.index], ['entry_too_many', SIZE]);
  });
});

describe('what is changed of the tree is found, and named with its octet', () => {
  it('tiles', async () => {
    const { rows: tiles } = await db.owner.query<{ level: number; number: string; length: number }>(
      'SELECT level, number, length(hashes) AS length FROM audit_tile ORDER BY level, number',
    );
    const dice = new Dice(SEED);
    for (const { level, number, length } of tiles) {
      const at = dice.below(length);
      const where = `row (level ${level}, number ${number}) of audit_tile`;
      const place = [level, number];
      const wrong = await flawAfter(() =>
        db.owner.query(
          `UPDATE audit_tile SET hashes = set_byte(hashes, ${at}, get_byte(hashes, ${at}) # 64) WHERE level = $1 AND number = $2`,
          place,
        ),
      );
      assert.deepEqual([wrong.code, wrong.where, wrong.offset], ['tile_wrong', where, at]);
      const gone = await flawAfter(() =>
        db.owner.query('DELETE FROM audit_tile WHERE level = $1 AND number = $2', place),
      );
      assert.deepEqual([gone.code, gone.where], ['tile_missing', where]);
    }
    const stray = await flawAfter(() =>
      db.owner.query("INSERT INTO audit_tile VALUES (3, 0, decode(repeat('00', 32), 'hex'))"),
    );
    assert.deepEqual([stray.code, stray.where], ['tile_too_many', 'row (level 3, number 0) of audit_tile']);
  });

  it('checkpoints', async () => {
    const { rows: heads } = await db.owner.query<{ size: string }>('SELECT size FROM audit_checkpoint ORDER BY size');
    for (const { size } of heads) {
      const where = `row ${size} of audit_checkpoint`;
      const root = await flawAfter(() =>
        db.owner.query('UPDATE audit_checkpoint SET root = set_byte(root, 5, get_byte(root, 5) # 1) WHERE size = $1', [
          size,
        ]),
      );
      assert.deepEqual([root.code, root.where, root.offset], ['checkpoint_row_wrong', where, 5]);
      const note = await flawAfter(() =>
        db.owner.query("UPDATE audit_checkpoint SET note = overlay(note placing '#' from 4) WHERE size = $1", [size]),
      );
      assert.equal(note.where, where);
    }
  });

  it('the latest checkpoint that is gone, for the rows behind it are covered by none', async () => {
    const flaw = await flawAfter(() => db.owner.query(`DELETE FROM audit_checkpoint WHERE size = ${SIZE}`));
    assert.ok(['tile_too_many', 'tile_length_wrong', 'entry_too_many'].includes(flaw.code), flaw.code);
  });
});

it('the checkpoint beside the database that is changed, or of a longer log, is named', async () => {
  await stage.log.close();
  const file = `${folder}/audit-head`;
  const kept = await readFile(file);
  assert.equal((await stage.log.verify({})).flaw, null);
  const changed = Buffer.from(kept);
  changed[kept.length - 10]! ^= 1;
  await writeFile(file, changed);
  assert.equal((await stage.log.verify({})).flaw?.where, file);
  await writeFile(file, kept);
  const cut = await flawAfter(() => db.owner.query(`TRUNCATE ${TABLES.join(', ')}`));
  assert.deepEqual([cut.code, cut.where], ['log_short', file]);
});
