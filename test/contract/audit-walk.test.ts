import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HASH_BYTES, leafHash, signCheckpoint, TILE_WIDTH, tileOf } from '../../src/audit/tree/index.ts';
import { wrongBundle } from '../../src/audit/walk/bundle.ts';
import { EntryCursor } from '../../src/audit/walk/entry-cursor.ts';
import type { Flaw } from '../../src/audit/walk/flaw.ts';
import type { Claim, Run } from '../../src/audit/walk/source.ts';
import { walkLog } from '../../src/audit/walk/walk.ts';
import { Dice } from '../../src/base/dice.ts';
import { bytesOf, KeptLog, nameOf, type Row, type Tampering, tampered, tamperings } from '../support/kept-log.ts';
import { flippedOctets, keyOf, logKey, ORIGIN } from '../support/log-keys.ts';

const SIZE = 10_000;
const policy = { origin: ORIGIN, logKeys: [logKey], witnesses: [], quorum: 0 };
const whole = await KeptLog.of(SIZE, [1, 256, 257, 5000, 9999]);

/** The same log with other rows. */
function withRows(rows: readonly Row[]): KeptLog {
  const other = Object.create(whole) as KeptLog;
  other.rows = [...rows];
  return other;
}

const walk = (source: KeptLog, claims: readonly Claim[] = []) => walkLog({ source, policy, claims });

async function flawOf(source: KeptLog, claims: readonly Claim[] = []): Promise<Flaw> {
  const { flaw } = await walk(source, claims);
  assert.ok(flaw !== null);
  return flaw;
}

const runOf = (row: Row): Run => ({ ...row, name: nameOf(row.firstIndex), bytes: bytesOf(row) });
const rowAt = (index: number): number => whole.rows.findIndex((row) => index < row.firstIndex + row.entryCount);

/** The rows after something was done to an entry; `isTidy`: the counts of the row and the places behind it fit again. */
function rowsAfter(index: number, how: Tampering, isTidy: boolean, dice: Dice): Row[] {
  const at = rowAt(index);
  const row = whole.rows[at]!;
  const entries = tampered(row.entries, index - row.firstIndex, how, dice);
  if (!isTidy) return whole.rows.with(at, { ...row, entries });
  const by = entries.length - row.entries.length;
  const moved = whole.rows.slice(at + 1).map((one) => ({ ...one, firstIndex: one.firstIndex + by }));
  const changed = entries.length === 0 ? [] : [{ ...row, entries, entryCount: entries.length }];
  return [...whole.rows.slice(0, at), ...changed, ...moved];
}

describe('a log that is what was signed', () => {
  for (const size of [1, 2, 255, 256, 257, 1000, 65_536, 65_537, 70_000]) {
    it(`has no flaw with ${size} entries`, async () => {
      const source = await KeptLog.of(
        size,
        [1, size - 1].filter((one) => one > 0 && one < size),
      );
      const { head, checkpoints, flaw } = await walk(source);
      assert.deepEqual([flaw, head?.size, checkpoints], [null, size, source.heads.length]);
    });
  }

  it('agrees with a checkpoint that an auditor has kept', async () => {
    const kept = { ...(await whole.signed(4321)), beside: null };
    assert.deepEqual(await walk(whole, [kept]), { head: await headOf(whole), checkpoints: 7, flaw: null });
  });
});

async function headOf(source: KeptLog) {
  const { size, root } = source.heads.at(-1)!.beside!;
  return { origin: ORIGIN, size, root, extensions: [] };
}

async function* runsOf(rows: readonly Row[]): AsyncGenerator<Run> {
  for (const row of rows) yield runOf(row);
}

/** Looks at the tile of an entry alone, as the walk does when it comes there. */
function wrongTileOf(index: number, rows: readonly Row[]): Promise<Flaw | null> {
  const tile = tileOf(SIZE, 0, Math.floor(index / TILE_WIDTH))!;
  const from = rowAt(tile.index * TILE_WIDTH);
  const cursor = new EntryCursor(runsOf(rows.slice(from, from + TILE_WIDTH + 2)), tile.index * TILE_WIDTH);
  return wrongBundle(whole, cursor, tile, Buffer.alloc(TILE_WIDTH * HASH_BYTES), () => null);
}

/** Where an entry that is no more what it was is named: its row, or what stands in its place where the row is gone. */
function assertNamed(flaw: Flaw | null, index: number, rows: readonly Row[]): void {
  const row = rows.findLast((one) => one.firstIndex <= index) ?? rows[0]!;
  const at = rows.indexOf(row);
  const names = [row, rows[at + 1] ?? null].map((one) => (one ? nameOf(one.firstIndex) : 'the end of the log'));
  assert.equal(flaw?.index, index);
  assert.ok(names.includes(flaw.where), `${flaw.where} for ${names.join(', ')}`);
}

describe('each of 10,000 entries is missed by its tile at its place when it is', () => {
  for (const how of tamperings) {
    it(how, async () => {
      const dice = new Dice(20_301);
      for (let index = 0; index < SIZE; index++) {
        const rows = rowsAfter(index, how, index % 2 === 0, dice);
        assertNamed(await wrongTileOf(index, rows), index, rows);
      }
    });
  }
});

describe('a walk from the root down names the entry', () => {
  for (const how of tamperings) {
    it(how, async () => {
      const dice = new Dice(7);
      for (let turn = 0; turn < 40; turn++) {
        const index = dice.below(SIZE);
        const rows = rowsAfter(index, how, turn % 2 === 0, dice);
        assertNamed(await flawOf(withRows(rows)), index, rows);
      }
    });
  }

  it('a row that is gone, comes twice, or has its octets cut', async () => {
    for (const at of [0, 5, whole.rows.length - 1]) {
      const { firstIndex, entryCount } = whole.rows[at]!;
      assert.equal((await flawOf(withRows(whole.rows.toSpliced(at, 1)))).index, firstIndex);
      const twice = withRows(whole.rows.toSpliced(at, 0, whole.rows[at]!));
      assert.equal((await flawOf(twice)).index, firstIndex + entryCount);
      const bytes = bytesOf(whole.rows[at]!).subarray(0, -1);
      const cut = await flawOf(withRows(whole.rows.with(at, { ...whole.rows[at]!, bytes })));
      assert.deepEqual([cut.where, cut.index], [nameOf(firstIndex), firstIndex + entryCount - 1]);
    }
  });

  it('an entry behind the latest checkpoint', async () => {
    const more = { firstIndex: SIZE, entryCount: 1, entries: [Buffer.from('one more')] };
    const found = await flawOf(withRows([...whole.rows, more]));
    assert.deepEqual([found.code, found.where, found.index], ['entry_too_many', nameOf(SIZE), SIZE]);
  });
});

/** The same log with another tile at a path. */
function withTile(source: KeptLog, path: string, hashes: Buffer | null): KeptLog {
  const other = Object.create(source) as KeptLog;
  other.tile = async (tile) => {
    const stored = await source.tile(tile);
    return stored.name.split('.p/')[0] === path ? { ...stored, hashes } : stored;
  };
  return other;
}

describe('a tile', () => {
  const large = KeptLog.of(66_000);
  for (const path of [
    'tile/0/000',
    'tile/0/100',
    'tile/0/255',
    'tile/0/257',
    'tile/1/000',
    'tile/1/001',
    'tile/2/000',
  ]) {
    it(`${path} is named with its first wrong octet, and what that should be`, async () => {
      const source = await large;
      const [, level, index] = path.split('/').map(Number) as [number, number, number];
      const { hashes } = await source.tile(tileOf(66_000, level, index)!);
      for (const at of [0, 17, hashes!.length - 1]) {
        const bad = Buffer.from(hashes!);
        bad[at]! ^= 0x10;
        const found = await flawOf(withTile(source, path, bad));
        assert.deepEqual([found.code, found.where.split('.p/')[0], found.offset], ['tile_wrong', path, at]);
        assert.ok(found.words.includes(`should be 0x${hashes![at]!.toString(16).padStart(2, '0')}`), found.words);
      }
    });

    it(`${path} is named when it is gone, too short, too long, or has hashes in another order`, async () => {
      const source = await large;
      const [, level, index] = path.split('/').map(Number) as [number, number, number];
      const { hashes } = await source.tile(tileOf(66_000, level, index)!);
      const named = async (other: Buffer | null) => {
        const { code, where } = await flawOf(withTile(source, path, other));
        assert.equal(where.split('.p/')[0], path);
        return code;
      };
      assert.equal(await named(null), 'tile_missing');
      assert.equal(await named(hashes!.subarray(0, -1)), 'tile_length_wrong');
      assert.equal(await named(hashes!.subarray(HASH_BYTES)), 'tile_length_wrong');
      assert.equal(await named(Buffer.concat([hashes!, hashes!.subarray(0, HASH_BYTES)])), 'tile_length_wrong');
      if (hashes!.length === HASH_BYTES) return;
      const swapped = Buffer.concat([hashes!.subarray(32, 64), hashes!.subarray(0, 32), hashes!.subarray(64)]);
      assert.equal(await named(swapped), 'tile_wrong');
    });
  }

  it('that was changed together with its entries is named, for the one above it vouches for neither', async () => {
    const forged = await KeptLog.of(SIZE);
    const rows = rowsAfter(300, 'change', false, new Dice(1));
    forged.rows = rows;
    const entries = rows.flatMap((row) => row.entries).slice(256, 512);
    const found = await flawOf(withTile(forged, 'tile/0/001', Buffer.concat(entries.map(leafHash))));
    assert.deepEqual([found.code, found.where, found.index], ['tile_wrong', 'tile/0/001', 256]);
  });
});

describe('a checkpoint', () => {
  it('is named when any octet of it is changed', async () => {
    const claim = whole.heads.at(-1)!;
    for (const [at, note] of [...flippedOctets(Buffer.from(claim.note))].entries()) {
      const source = withHeads([...whole.heads.slice(0, -1), { ...claim, note: note.toString('latin1') }]);
      const found = await flawOf(source);
      assert.equal(found.where, claim.name, `octet ${at}`);
    }
  });

  it('of an earlier size is named with its octet', async () => {
    const claim = whole.heads[2]!;
    for (const at of [3, ORIGIN.length + 2, ORIGIN.length + 10]) {
      const note = Buffer.from(claim.note);
      note[at]! ^= 1;
      const heads = whole.heads.with(2, { ...claim, note: note.toString() });
      const { where, offset } = await flawOf(withHeads(heads));
      assert.deepEqual([where, offset], [claim.name, at]);
    }
  });

  it('that another key signed is none of this log', async () => {
    const { root } = whole.heads.at(-1)!.beside!;
    const other = keyOf('ed25519', ORIGIN, 99);
    const note = signCheckpoint({ origin: ORIGIN, size: SIZE, root, extensions: [] }, [other], 0);
    const found = await flawOf(withHeads([...whole.heads.slice(0, -1), { ...whole.heads.at(-1)!, note }]));
    assert.equal(found.code, 'checkpoint_not_signed');
  });

  it('that was signed over another history is named, whether an auditor has it or the log itself', async () => {
    const root = Buffer.alloc(HASH_BYTES, 7);
    const note = signCheckpoint({ origin: ORIGIN, size: 4000, root, extensions: [] }, [logKey], 0);
    const held = { name: 'what the auditor has', note, beside: null };
    const found = await flawOf(whole, [held]);
    assert.deepEqual([found.code, found.where], ['history_differs', held.name]);
    const own = whole.heads.toSpliced(3, 0, { name: 'checkpoint of 4000', note, beside: { size: 4000, root } });
    assert.equal((await flawOf(withHeads(own))).where, 'checkpoint of 4000');
  });

  it('of a longer log says that this one was cut short', async () => {
    const long = await KeptLog.of(SIZE + 1);
    const held = { ...long.heads[0]!, name: 'what the auditor has', beside: null };
    const found = await flawOf(whole, [held]);
    assert.deepEqual([found.code, found.where, found.index], ['log_short', held.name, SIZE]);
  });

  it('with another root or size beside its note is named', async () => {
    const claim = whole.heads[1]!;
    const root = Buffer.from(claim.beside!.root);
    root[9]! ^= 1;
    const wrongRoot = await flawOf(withHeads(whole.heads.with(1, { ...claim, beside: { size: 256, root } })));
    assert.deepEqual([wrongRoot.code, wrongRoot.where, wrongRoot.offset], ['checkpoint_row_wrong', claim.name, 9]);
    const beside = { ...claim.beside!, size: 255 };
    assert.equal((await flawOf(withHeads(whole.heads.with(1, { ...claim, beside })))).where, claim.name);
  });

  it('says between which sizes a history was rewritten, tiles and all', async () => {
    const rewritten = KeptLog.rewritten(SIZE, 700);
    const heads = [...whole.heads.slice(0, 3), await whole.signed(600), await whole.signed(800), whole.heads.at(-1)!];
    const source = Object.assign(Object.create(rewritten) as KeptLog, { heads });
    const found = await flawOf(source);
    assert.deepEqual([found.code, found.index, found.where], ['history_differs', 600, 'checkpoint of 800']);
  });
});

describe('a checkpoint of a longer log that somebody shows', () => {
  const longer = { ...whole.heads.at(-1)!, name: 'theirs', beside: null };
  const note = signCheckpoint({ origin: ORIGIN, size: SIZE + 1, root: Buffer.alloc(32), extensions: [] }, [logKey], 0);
  const forged = note.replace(`\n${SIZE + 1}\n`, `\n${SIZE + 2}\n`);

  it('says that the log is short only if the log has signed it', async () => {
    for (const [shown, code] of [
      [note, 'log_short'],
      [forged, 'checkpoint_not_signed'],
    ] as const) {
      const found = await flawOf(whole, [{ ...longer, note: shown }]);
      assert.deepEqual([found.code, found.where], [code, 'theirs']);
    }
  });

  it('says so of a log without entries too', async () => {
    const empty = Object.assign(Object.create(whole) as KeptLog, { rows: [], latest: () => Promise.resolve(null) });
    for (const [shown, code] of [
      [note, 'log_short'],
      [forged, 'checkpoint_not_signed'],
      ['no note', 'checkpoint_malformed'],
    ] as const)
      assert.equal((await flawOf(empty, [{ ...longer, note: shown }])).code, code);
  });
});

function withHeads(heads: readonly Claim[]): KeptLog {
  return Object.assign(Object.create(whole) as KeptLog, { heads });
}
