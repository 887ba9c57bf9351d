import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { HOUR_MS, systemClock } from '../../src/base/clock.ts';
import { parseId } from '../../src/base/id.ts';
import { jsonLog } from '../../src/base/log.ts';
import type { InboundPart } from '../../src/carriers/index.ts';
import { unpackExtras } from '../../src/messages/extras.ts';
import { AGAIN_AFTER_MS } from '../../src/messages/inbound/assembler.ts';
import { OPEN_PER_HANDSET } from '../../src/messages/inbound/assembly.ts';
import { numberOf } from '../../src/messages/inbound/numbered.ts';
import { HAS_EXTRAS } from '../../src/messages/write-store.ts';
import { type HandNode, HandRivers } from '../support/hand-river.ts';
import { HANDSET, headed, inboundPart, placed } from '../support/inbound-pieces.ts';

const UP = { one: { isUp: true, room: 10 }, other: { isUp: true, room: 10 } };
const ACCOUNT_PARTS_MAX = 20_000;

interface Row {
  readonly id: string;
  readonly recipient_id: string;
  readonly flags: number;
  readonly segments: number;
  readonly body: Buffer;
}

describe('parts of long messages from handsets', () => {
  let lateMs = 0;
  const log: string[] = [];
  let rivers: HandRivers<'one' | 'other'>;
  let node: HandNode<'one' | 'other'>;
  let handset = 0;
  before(async () => {
    const clock = { ...systemClock, now: () => systemClock.now() + lateMs };
    rivers = await HandRivers.make(['one', 'other'], { clock, log: jsonLog((line) => log.push(line), clock.now) });
    node = await rivers.open(UP);
  });
  after(async () => {
    await node.stop();
    await rivers[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await rivers.base.database.engine.query('DELETE FROM inbound_part');
    handset++;
    log.length = 0;
  });

  const from = () => `120255501${String(handset).padStart(2, '0')}`;
  const comes = (part: InboundPart, carrier: 'one' | 'other' = 'one'): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    node.carriers[carrier].events.inbound(
      { ...part, handset: part.handset === HANDSET ? from() : part.handset },
      resolve,
    );
    return promise;
  };
  const keeps = async (...parts: readonly InboundPart[]) => {
    for (const part of parts) assert.equal(await comes(part), true);
  };

  /** What was handed on of this handset: how many parts it had, and its octets. */
  async function handedOn(whose = from()): Promise<{ segments: number; octets: Buffer }[]> {
    const { accountId } = rivers.credential;
    const { vault, recipients, database } = rivers.base;
    const recipient = await recipients.lookUp(accountId, whose);
    const { rows } = await database.engine.query<Row>(
      'SELECT id, recipient_id, flags, segments, body FROM message WHERE direction = 1 AND recipient_id = $1 ORDER BY id',
      [recipient!.id],
    );
    return rows.map(({ id, flags, segments, body }) => {
      const message = { accountId, id: parseId(id)!, recipient: recipient!, codeEndsAtMs: null };
      const plain = vault.openBody(body, message)!;
      return { segments, octets: (flags & HAS_EXTRAS) === 0 ? plain : unpackExtras(plain).octets };
    });
  }

  const texts = async (whose?: string) => (await handedOn(whose)).map(({ octets }) => octets.toString());
  const partsLeft = async (where = 'true') =>
    (await rivers.base.database.engine.query(`SELECT FROM inbound_part WHERE ${where}`)).rowCount ?? 0;

  /** Waits until nothing is waited for any longer, `ms` later. */
  async function passes(ms: number): Promise<void> {
    lateMs += ms;
    while (
      (await partsLeft('due_at <= to_timestamp($1)'.replace('$1', String((systemClock.now() + lateMs) / 1000)))) > 0
    );
    lateMs -= ms;
  }

  it('become one message, in every order and numbering', async () => {
    await keeps(headed('lo', [2, 2]), headed('hel', [1, 2]));
    await keeps(headed('c', [3, 3, 0x1234], { isWide: true }), headed('a', [1, 3, 0x1234], { isWide: true }));
    await keeps(headed('b', [2, 3, 0x1234], { isWide: true }));
    await keeps(
      placed('wor', { reference: 7, total: 2, number: 1 }),
      placed('ld', { reference: 7, total: 2, number: 2 }),
    );
    assert.deepEqual(await handedOn(), [
      { segments: 2, octets: Buffer.from('hello') },
      { segments: 3, octets: Buffer.from('abc') },
      { segments: 2, octets: Buffer.from('world') },
    ]);
  });

  it('come over several carriers, and at the same time', async () => {
    const parts = Array.from({ length: 20 }, (_, at) => headed(String.fromCharCode(0x61 + at), [at + 1, 20]));
    const kept = await Promise.all(parts.map((part, at) => comes(part, at % 2 === 0 ? 'one' : 'other')));
    assert.deepEqual(new Set(kept), new Set([true]));
    assert.deepEqual(await texts(), ['abcdefghijklmnopqrst']);
  });

  it('are kept once, however often they come, before the message is whole and after', async () => {
    await keeps(headed('one ', [1, 2]), headed('one ', [1, 2]));
    await Promise.all([comes(headed('two', [2, 2])), comes(headed('two', [2, 2])), comes(headed('one ', [1, 2]))]);
    await keeps(headed('one ', [1, 2]), headed('two', [2, 2]));
    await passes(2 * HOUR_MS);
    assert.deepEqual(await texts(), ['one two']);
    assert.equal(await partsLeft(), 0);
  });

  it('are handed on one by one, as they came, when the others do not come', async () => {
    const parts = [headed('first ', [1, 3]), headed('third', [3, 3])];
    const beside = placed('beside', { reference: 9, total: 2, number: 1 });
    await keeps(...parts, beside);
    assert.deepEqual(await texts(), []);
    await passes(2 * HOUR_MS);
    const handed = await handedOn();
    assert.deepEqual(
      handed.map(({ octets }) => octets),
      [parts[0]!.octets, parts[1]!.octets, beside.octets],
    );
    assert.ok(handed.every(({ segments }) => segments === 1));
    assert.equal(await partsLeft(), 0);
    assert.ok(log.some((line) => line.includes('inbound_incomplete')));
  });

  it('begin another message with a number that is taken by other words, and none of it is lost', async () => {
    await keeps(headed('old 1 ', [1, 2]), headed('new 1 ', [1, 2]), headed('new 2', [2, 2]));
    await passes(0);
    assert.deepEqual((await texts()).toSorted(), [headed('old 1 ', [1, 2]).octets.toString(), 'new 1 new 2']);
    await keeps(headed('again 1 ', [1, 2]), headed('again 2', [2, 2]));
    assert.ok((await texts()).includes('again 1 again 2'), 'a reference is used again after its message is told');
  });

  it('of another total or data coding belong to another message', async () => {
    await keeps(headed('a', [1, 2]), headed('b', [2, 3]), headed('c', [2, 2], { dataCoding: 3 }));
    await passes(2 * HOUR_MS);
    assert.equal((await handedOn()).length, 3);
  });

  it('that do not fit together are handed on one by one', async () => {
    const odd = [headed(Buffer.of(4), [1, 2], { dataCoding: 8 }), headed(Buffer.of(0x1f), [2, 2], { dataCoding: 8 })];
    await keeps(...odd);
    await passes(0);
    assert.deepEqual(
      (await handedOn()).map(({ octets }) => octets),
      odd.map(({ octets }) => octets),
    );
  });

  it('that say what cannot be are told at once, as they came', async () => {
    const flawed = Buffer.from('05000307020341', 'hex');
    const long = headed('x'.repeat(249), [1, 2]);
    assert.equal(numberOf(long), null);
    await keeps(inboundPart({ octets: flawed, hasHeader: true }), long);
    assert.deepEqual(
      (await handedOn()).map(({ octets }) => octets),
      [flawed, long.octets],
    );
  });

  it('make the longest message there can be', async () => {
    const parts = Array.from({ length: 255 }, (_, at) => headed('x'.repeat(248), [at + 1, 255]));
    assert.deepEqual(new Set(await Promise.all(parts.map((part) => comes(part)))), new Set([true]));
    assert.deepEqual(
      (await handedOn()).map(({ segments, octets }) => [segments, octets.length]),
      [[255, 255 * 248]],
    );
  });

  it('of one handset are bounded: what is oldest is handed on, and none is lost', async () => {
    const count = 3 * OPEN_PER_HANDSET;
    for (let reference = 0; reference < count; reference++) await keeps(headed(`${reference}`, [1, 2, reference]));
    await passes(0);
    assert.equal(await partsLeft(), OPEN_PER_HANDSET);
    const handed = (await handedOn()).map(({ octets }) => octets[3]);
    assert.deepEqual(
      handed,
      Array.from({ length: count - OPEN_PER_HANDSET }, (_, at) => at),
    );
    await passes(2 * HOUR_MS);
    assert.equal((await handedOn()).length, count);
  });

  it('of many handsets are bounded in the store: the oldest are handed on, and the flood is in the log', async () => {
    await keeps(headed('the oldest', [1, 2]));
    await rivers.base.database.engine.query(
      `INSERT INTO inbound_part SELECT account_id, ('ffffffff-ffff-7fff-bfff-' || lpad(to_hex(n), 12, '0'))::uuid, number, total,
         numbering, part_reference, gen_random_uuid(), recipient_id + 1000000, credential_id, carrier_id, sender, data_coding, flags,
         received_at, due_at, is_told, body FROM inbound_part, generate_series(1, ${ACCOUNT_PARTS_MAX}) n`,
    );
    // So many more that it is counted at once.
    const more = Array.from({ length: 500 }, (_, at) =>
      comes(headed('more', [1 + (at % 250), 251, Math.floor(at / 250)])),
    );
    assert.deepEqual(new Set(await Promise.all(more)), new Set([true]));
    while ((await partsLeft()) > ACCOUNT_PARTS_MAX);
    assert.equal((await handedOn())[0]?.octets.subarray(6).toString(), 'the oldest');
    assert.equal(await partsLeft(), ACCOUNT_PARTS_MAX);
    assert.ok(log.some((line) => line.includes('inbound_parts_full')));
  });

  it('that cannot be handed on keep none of the others back, are in the log, and are tried again', async () => {
    const { engine } = rivers.base.database;
    await keeps(headed('broken', [1, 2, 1]), headed('sound', [1, 2, 2]));
    const flipped =
      'UPDATE inbound_part SET body = set_byte(body, 40, get_byte(body, 40) # 1) WHERE part_reference = 1';
    await engine.query(flipped);
    await passes(2 * HOUR_MS);
    assert.deepEqual(await texts(), [headed('sound', [1, 2, 2]).octets.toString()]);
    assert.equal(await partsLeft(), 1);
    assert.ok(log.some((line) => line.includes('inbound_not_handed_on')));
    await engine.query(flipped);
    await passes(2 * HOUR_MS + 2 * AGAIN_AFTER_MS);
    assert.ok((await texts()).includes(headed('broken', [1, 2, 1]).octets.toString()));
    assert.equal(await partsLeft(), 0);
  });

  it('beyond what memory holds are given back to their carrier, and the others are kept', async () => {
    const flood = Array.from({ length: 3000 }, (_, at) =>
      comes(headed('x', [1 + (at % 250), 255, Math.floor(at / 250)])),
    );
    const kept = (await Promise.all(flood)).filter(Boolean).length;
    assert.ok(kept >= 1000 && kept < 3000, `${kept} were kept`);
    await passes(2 * HOUR_MS);
    assert.equal((await handedOn()).length, kept);
  });

  it('are whole on whichever node the last one comes, after another node has ended', async () => {
    await keeps(headed('before ', [1, 2]));
    await node.stop();
    node = await rivers.open(UP);
    await keeps(headed('after', [2, 2]), headed('before ', [1, 2]));
    assert.deepEqual(await texts(), ['before after']);
  });

  it('are never lost, whatever comes in whatever order: each that was kept is in a message that was handed on', async () => {
    const random = seeded(7);
    const whose = Array.from({ length: 5 }, (_, at) => `120255501${80 + at}`);
    const sent = new Map<string, { person: string; word: string }>();
    const coming = Array.from({ length: 600 }, async () => {
      const [reference, total] = [random(4), 2 + random(3)];
      const [number, version, person] = [1 + random(total), random(8) === 0 ? 'b' : 'a', whose[random(whose.length)]!];
      const word = `<${reference}.${number}/${total}${version}>`;
      if (await comes(headed(word, [number, total, reference], { handset: person }))) {
        sent.set(`${person} ${word}`, { person, word });
      }
    });
    await Promise.all(coming);
    await passes(2 * HOUR_MS);
    assert.equal(await partsLeft(), 0);
    const handed = new Map<string, string>();
    for (const person of whose) handed.set(person, (await texts(person)).join(''));
    assert.ok(sent.size > 100, `${sent.size} different parts were kept`);
    for (const { person, word } of sent.values()) assert.ok(handed.get(person)!.includes(word), word);
  });

  it('tell nothing to who reads the table: neither text nor number', async () => {
    await keeps(headed('a secret of theirs', [1, 2]));
    const { rows } = await rivers.base.database.engine.query<{ row: string }>(
      'SELECT p::text AS row FROM inbound_part p',
    );
    assert.equal(rows.length, 1);
    for (const word of [Buffer.from('a secret').toString('hex'), 'a secret', from()]) {
      assert.ok(!rows[0]!.row.includes(word));
    }
  });
});

/** Whole numbers below `most`, the same at every run (a linear congruential generator). */
function seeded(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * most);
  };
}
