import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import type { Fault } from '../../src/base/fault.ts';
import { Erasure, type ErasureParts, readCertificate } from '../../src/privacy/index.ts';
import { breakingPool } from '../support/breaking-pool.ts';
import { SENDER } from '../support/hand-river.ts';
import { TESTER } from '../support/on-record.ts';
import { OTHER_PERSON, PERSON, PrivacyStage } from '../support/privacy-stage.ts';

const DAY_MS = 86_400_000;
const codeOf = (answer: object | null): string | null => (answer as Fault | null)?.code ?? null;
const erasedOf = <T extends object>(answer: T | Fault): T => {
  assert.ok(!('code' in answer), codeOf(answer) ?? '');
  return answer;
};

/** What a person's messages say, read as an application would read them. */
async function readable({ rivers, accountId }: PrivacyStage): Promise<number> {
  const { rows } = await rivers.base.database.engine.query<{ id: string; recipient: string; body: Buffer }>(
    'SELECT id, recipient_id AS recipient, body FROM message',
  );
  const { recipients, vault } = rivers.base;
  const found = await recipients.find(accountId, [...new Set(rows.map(({ recipient }) => Number(recipient)))]);
  return rows.filter(({ id, recipient, body }) => {
    const person = found.get(Number(recipient));
    const messageId = Buffer.from(id.replaceAll('-', ''), 'hex');
    const sealed = { accountId, id: messageId, codeEndsAtMs: null };
    return person && vault.openBody(body, { ...sealed, recipient: person.recipient }) !== null;
  }).length;
}

describe('erasure', () => {
  it('leaves nothing that opens, of messages, number and hash, also when the rows are put back from an older copy', async () => {
    await using stage = await PrivacyStage.open();
    const { rivers, node } = stage;
    await rivers.accepted(node, { to: PERSON, reference: 'customer 77' });
    await rivers.accepted(node, { to: PERSON });
    await rivers.accepted(node, { to: OTHER_PERSON });
    assert.equal(await readable(stage), 3);
    const copy = { recipient: await stage.rows('recipient'), key: await stage.rows('vault.recipient_key') };
    const erased = erasedOf(await stage.erase());
    assert.deepEqual([erased.messages, erased.references], [2, 1]);
    assert.equal(await readable(stage), 1);
    assert.equal((await stage.rows('recipient')).length, 1);
    assert.ok(!(await stage.rows('message')).some((row) => row.includes('customer 77')));

    await stage.putBack('recipient', copy.recipient);
    await stage.putBack('vault.recipient_key', copy.key);
    assert.equal((await stage.rows('recipient')).length, 2);
    assert.equal((await stage.rows('vault.recipient_key')).length, 1);
    assert.equal(await readable(stage), 1);
    assert.equal(await rivers.base.recipients.lookUp(stage.accountId, PERSON.slice(1)), null);
  });

  it('is on record, names nobody, and proves itself offline', async () => {
    await using stage = await PrivacyStage.open();
    await stage.rivers.accepted(stage.node, { to: PERSON });
    const erased = erasedOf(await stage.erase());
    const entry = (await stage.entries()).find(({ what }) => what === 'recipient.erased')!;
    assert.equal(entry.who, 'operator:jane');
    assert.match(entry.on[1]!, /^recipient:[0-9a-f]{32}$/);
    assert.ok(!JSON.stringify(entry).includes(PERSON.slice(1)));
    const { certificate, verifier } = erasedOf(await stage.office.certificate(erased.id));
    const statement = readCertificate(Buffer.from(certificate), verifier);
    assert.ok(typeof statement === 'object');
    assert.deepEqual([statement.erasure, statement.messages, statement.why], [erased.id, 1, 'asked by letter']);
    // Any octet of what it states, of its proof or its signature.
    const lines = certificate.split('\n');
    for (const [at, text] of lines.entries()) {
      if (text === '') continue;
      const other = [...lines];
      other[at] = text.slice(0, -2) + (text.at(-2) === 'A' ? 'B' : 'A') + text.slice(-1);
      assert.equal(typeof readCertificate(Buffer.from(other.join('\n')), verifier), 'string', `line ${at}`);
    }
    const another = verifier.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    assert.equal(typeof readCertificate(Buffer.from(certificate), another), 'string');
  });

  it('refuses the number from then on, takes what it writes to us, and lets it be sent to again when that is asked', async () => {
    await using stage = await PrivacyStage.open();
    const { rivers, node } = stage;
    await rivers.accepted(node, { to: PERSON });
    erasedOf(await stage.erase());
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const send = (): Promise<object> => rivers.submit(node, { to: PERSON });
    assert.equal(codeOf(await send()), 'recipient_suppressed');
    assert.equal((await stage.rows('recipient')).length, 0);
    const part = {
      handset: PERSON.slice(1),
      to: SENDER,
      octets: Buffer.from('hello'),
      dataCoding: 0,
      hasHeader: false,
    };
    node.carriers.north.events.inbound({ ...part, protocolId: 0, tlvs: null, place: null }, resolve);
    assert.equal(await promise, true);
    assert.equal(codeOf(await send()), 'recipient_suppressed');
    assert.equal((await stage.rows('recipient')).length, 1);
    const wanted = { account: 'test', number: PERSON, why: 'asked', by: 'jane' };
    assert.equal(await stage.office.liftSuppression(wanted), null);
    assert.equal(codeOf(await stage.office.liftSuppression(wanted)), 'not_found');
    erasedOf(await send());
  });

  it('does not touch the same number of another account', async () => {
    await using stage = await PrivacyStage.open();
    const { rivers, node } = stage;
    const { base } = rivers;
    const other = erasedOf(await base.accounts.create('other', TESTER));
    await base.keys.prepare();
    const { capability } = rivers.credential;
    const about = { kind: 'api_key' as const, name: 'k', capability, expiresAtMs: systemClock.now() + DAY_MS };
    const made = await base.credentials.create({ accountId: other.id, ...about }, TESTER);
    assert.ok('credential' in made);
    await rivers.accepted(node, { to: PERSON });
    await rivers.accepted(node, { to: PERSON, credential: made.credential });
    erasedOf(await stage.erase());
    await rivers.accepted(node, { to: PERSON, credential: made.credential });
    assert.equal((await base.recipients.lookUp(other.id, PERSON.slice(1)))?.accountId, other.id);
    assert.equal(await base.recipients.lookUp(stage.accountId, PERSON.slice(1)), null);
  });

  it('stops what waits: in a lane, for its time, and what is owed about it', async () => {
    await using stage = await PrivacyStage.open(1);
    const { rivers, node } = stage;
    const first = await rivers.accepted(node, { to: OTHER_PERSON });
    const inLane = await rivers.accepted(node, { to: PERSON });
    const scheduled = await rivers.accepted(node, { to: PERSON, sendAtMs: systemClock.now() + DAY_MS });
    await node.carriers.north.takes(1);
    const erased = erasedOf(await stage.erase());
    assert.deepEqual([erased.messages, erased.waiting], [2, 1]);
    assert.equal(await rivers.state(node, inLane), 'cancelled');
    assert.equal(await rivers.state(node, scheduled), 'cancelled');
    assert.notEqual(await rivers.state(node, first), 'cancelled');
    assert.equal((await stage.rows('waiting')).length, 0);
  });

  it('does no harm to who was never here, nor a second time', async () => {
    await using stage = await PrivacyStage.open();
    for (let time = 0; time < 2; time++) assert.equal(erasedOf(await stage.erase()).messages, 0);
    assert.equal((await stage.rows('recipient')).length, 0);
    assert.equal((await stage.rows('suppression')).length, 1);
    assert.equal(codeOf(await stage.erase('none')), 'invalid_number');
    assert.equal(codeOf(await stage.erase(PERSON, 'nobody')), 'not_found');
  });
});

const TABLES = [
  'recipient',
  'vault.recipient_key',
  'vault.tombstone',
  'waiting',
  'suppression',
  'erasure',
  'audit_group',
];

/** An erasure whose connection breaks at its statement number `at`: before it is done, or as its answer is lost. */
function brokenAt(
  { rivers, office }: PrivacyStage,
  at: number,
  isDone: boolean,
): { erasure: Erasure; count: () => number } {
  const { base } = rivers;
  const { pool, count } = breakingPool(base.database.engine, at, isDone);
  const parts: ErasureParts = {
    ...base,
    pool,
    clock: systemClock,
    lookUp: (accountId, digits) => base.recipients.lookUp(accountId, digits),
    forget: () => office.forget(),
    logSize: () => Promise.resolve(0),
  };
  return { erasure: new Erasure(parts), count };
}

describe('an erasure that is cut off', () => {
  it('is done whole or not at all, at whatever statement, and can be done again', async () => {
    await using stage = await PrivacyStage.open();
    const { rivers, node } = stage;
    const wanted = { accountId: stage.accountId, digits: PERSON.slice(1), why: 'asked', by: 'jane' };
    let statements = 0;
    for (const isDone of [false, true]) {
      for (let at = 1; ; at++) {
        await stage.owner.query('DELETE FROM suppression');
        await rivers.accepted(node, { to: PERSON });
        const before = await Promise.all(TABLES.map((table) => stage.rows(table)));
        const { erasure, count } = brokenAt(stage, at, isDone);
        const outcome = await erasure.erase(wanted).then(
          () => 'done',
          () => 'broken',
        );
        if (outcome === 'done') break;
        statements = Math.max(statements, count());
        const isCommitted = (await stage.rows('suppression')).length === 1;
        if (!isCommitted)
          assert.deepEqual(await Promise.all(TABLES.map((table) => stage.rows(table))), before, `${at}`);
        const again = erasedOf(await stage.erase());
        assert.equal(again.messages, isCommitted ? 0 : 1);
        assert.equal((await stage.rows('recipient')).length, 0);
        assert.equal((await stage.rows('vault.recipient_key')).length, 0);
      }
    }
    assert.ok(statements > 12, `${statements} statements`);
  });
});
