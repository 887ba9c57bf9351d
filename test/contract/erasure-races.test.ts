import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { Erasure, Retention } from '../../src/privacy/index.ts';
import type { DestroyedRecipient } from '../../src/vault/index.ts';
import { codeOf, DAY_MS, hold, keptDays, today } from '../support/old-days.ts';
import { OTHER_PERSON, PERSON, PrivacyStage } from '../support/privacy-stage.ts';

const WANTED = { digits: PERSON.slice(1), why: 'asked', by: 'jane' };

/** An erasure by another gateway, of which this one has not heard. Who was erased. */
async function erasedElsewhere({ rivers, accountId }: PrivacyStage): Promise<DestroyedRecipient> {
  const { base } = rivers;
  const person = base.recipients.known(accountId, WANTED.digits);
  assert.ok(person);
  const own = base.vault.copyRecipientKey(person);
  const elsewhere = new Erasure({
    ...base,
    pool: base.database.engine,
    clock: systemClock,
    lookUp: () => Promise.resolve(own),
    forget: () => Promise.resolve(),
    logSize: () => Promise.resolve(0),
  });
  assert.equal(codeOf(await elsewhere.erase({ ...WANTED, accountId })), null);
  assert.ok(base.vault.isForgotten(own), 'whoever erases wipes the key that was read for it');
  return { accountId, id: person.id };
}

const words = async (stage: PrivacyStage): Promise<string[]> =>
  (await stage.rows('message')).filter((row) => row.includes('customer'));

describe('an erasure at the moment at which the person is sent to', () => {
  it('lets nothing leave that was on its way into the store when the gateway heard of it', async () => {
    await using stage = await PrivacyStage.open();
    const { rivers, node } = stage;
    await rivers.accepted(node, { to: PERSON });
    await node.carriers.north.takes(1);
    const gone = await erasedElsewhere(stage);
    const accepting = rivers.submit(node, { to: PERSON });
    rivers.base.recipients.forget([gone]);
    await node.flow.river.forget([gone]);
    const answer = await accepting;
    assert.ok('id' in answer);
    await rivers.until(node, answer.id, 'cancelled');
    await rivers.accepted(node, { to: OTHER_PERSON });
    assert.deepEqual(
      (await node.carriers.north.takes(2)).map(({ message }) => message.to),
      [PERSON.slice(1), OTHER_PERSON.slice(1)],
    );
    assert.equal(node.flow.river.messagesInHand, 2);
  });

  it('leaves no words and nothing that waits of what was stored before a gateway heard of it', async () => {
    await using stage = await PrivacyStage.open(0);
    const { rivers, node, owner } = stage;
    await rivers.accepted(node, { to: PERSON });
    await erasedElsewhere(stage);
    const reference = 'customer 77';
    const inLane = await rivers.accepted(node, { to: PERSON, reference });
    const later = await rivers.accepted(node, { to: PERSON, reference, sendAtMs: systemClock.now() + DAY_MS });
    assert.equal((await words(stage)).length, 2);
    await stage.office.forget();
    assert.deepEqual(await words(stage), []);
    for (const id of [inLane, later]) assert.equal(await rivers.state(node, id), 'cancelled');
    assert.deepEqual((await owner.query('SELECT FROM waiting WHERE what = 0')).rowCount, 0);
    assert.equal(codeOf(await rivers.submit(node, { to: PERSON })), 'recipient_suppressed');
  });
});

describe('an erasure that a gateway never hears of, for it was killed', () => {
  it('is brought to its end by the next round of another one', async () => {
    await using stage = await PrivacyStage.open(0);
    const { rivers, node, owner } = stage;
    await rivers.accepted(node, { to: PERSON });
    await erasedElsewhere(stage);
    await rivers.accepted(node, { to: PERSON, reference: 'customer 77', sendAtMs: systemClock.now() + DAY_MS });
    assert.equal((await words(stage)).length, 1);
    await stage.office.round();
    assert.deepEqual(await words(stage), []);
    assert.equal((await owner.query('SELECT FROM waiting WHERE what = 0')).rowCount, 0);
  });
});

describe('a legal hold that is approved in a round of retention', () => {
  it('begins when what is being ended has ended, and not in between', async () => {
    await using stage = await PrivacyStage.open();
    const { base, options } = stage.rivers;
    const [first, second] = [today() - 40, today() - 39];
    await base.vault.prepareDays([stage.accountId], [first, second]);
    const id = await hold(stage);
    const waits = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'legal_hold'::regclass`;
    const approvals: Promise<string>[] = [];
    const approved = async (): Promise<string> => codeOf(await stage.office.approveHold(id, 'john')) ?? 'approved';
    const waiting = async (): Promise<string> => {
      while ((await stage.owner.query(waits)).rowCount === 0);
      return 'waits';
    };
    const seen: string[] = [];
    const retention = new Retention({
      ...base,
      pool: base.database.engine,
      log: options.log,
      clock: systemClock,
      keyLife: {
        destroyRecipientKeys: () => Promise.resolve(0),
        destroyDay: async (client, accountId, day) => {
          if (approvals.length === 0) approvals.push(approved());
          seen.push(await Promise.race([...approvals, waiting()]));
          return base.keyLife.destroyDay(client, accountId, day);
        },
      },
    });
    await retention.round();
    assert.deepEqual(await Promise.all(approvals), ['approved']);
    assert.deepEqual(seen, ['waits']);
    assert.ok(!(await keptDays(stage)).includes(first));
    assert.ok((await keptDays(stage)).includes(second));
  });
});
