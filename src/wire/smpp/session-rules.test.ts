import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandName, commands, isResponse, responseName } from './commands.ts';
import { maySend, receives, refusalOf, type SessionState, stateAfterBind } from './session-rules.ts';
import { statuses } from './statuses.ts';

const STATES: readonly SessionState[] = ['open', 'outbound', 'binding', 'bound_tx', 'bound_rx', 'bound_trx', 'unbound'];
const SIDES = ['esme', 'smsc'] as const;
const names = Object.keys(commands) as CommandName[];
const statesOf = (name: CommandName, side: (typeof SIDES)[number]) =>
  STATES.filter((state) => maySend(state, commands[name], side) === true);

for (const name of names) {
  test(`${name}: who may never send it is told so in every state, and somebody may`, () => {
    for (const side of SIDES) {
      const answers = new Set(STATES.map((state) => maySend(state, commands[name], side)));
      assert.equal(answers.has(null), !answers.has(true));
    }
    assert.ok(SIDES.some((side) => statesOf(name, side).length > 0));
  });
}

for (const name of names) {
  const answer = responseName(name);
  if (answer === null || name in stateAfterBind) continue;
  test(`${name}: who is asked may answer, then and after the unbind`, () => {
    for (const [asker, asked] of [['esme', 'smsc'] as const, ['smsc', 'esme'] as const]) {
      const asks = statesOf(name, asker);
      const answers = statesOf(answer, asked);
      if (asks.length > 0) for (const state of [...asks, 'unbound']) assert.ok(answers.includes(state as SessionState));
      else assert.deepEqual(answers, []);
    }
  });
}

test('a bind is asked for by the ESME, before anything else, and answered by the SMSC', () => {
  for (const name of Object.keys(stateAfterBind) as (keyof typeof stateAfterBind)[]) {
    assert.deepEqual(statesOf(name, 'esme'), ['open', 'outbound']);
    assert.deepEqual(statesOf(`${name}_resp`, 'smsc'), ['binding']);
  }
});

/** SMPP 3.4 §2.3, table 2-1, and SMPP 5.0 §2.4: requests after the bind. */
const afterBind: readonly [CommandName, 'esme' | 'smsc', readonly SessionState[]][] = [
  ['submit_sm', 'esme', ['bound_tx', 'bound_trx']],
  ['submit_multi', 'esme', ['bound_tx', 'bound_trx']],
  ['query_sm', 'esme', ['bound_tx', 'bound_trx']],
  ['cancel_sm', 'esme', ['bound_tx', 'bound_trx']],
  ['replace_sm', 'esme', ['bound_tx', 'bound_trx']],
  ['broadcast_sm', 'esme', ['bound_tx', 'bound_trx']],
  ['query_broadcast_sm', 'esme', ['bound_tx', 'bound_trx']],
  ['cancel_broadcast_sm', 'esme', ['bound_tx', 'bound_trx']],
  ['data_sm', 'esme', ['bound_tx', 'bound_trx']],
  ['data_sm', 'smsc', ['bound_rx', 'bound_trx']],
  ['deliver_sm', 'smsc', ['bound_rx', 'bound_trx']],
  ['alert_notification', 'smsc', ['bound_rx', 'bound_trx']],
  ['outbind', 'smsc', ['open']],
  ['unbind', 'esme', ['bound_tx', 'bound_rx', 'bound_trx', 'unbound']],
  ['unbind', 'smsc', ['bound_tx', 'bound_rx', 'bound_trx', 'unbound']],
  ['enquire_link', 'esme', STATES],
  ['enquire_link', 'smsc', STATES],
  ['generic_nack', 'esme', STATES],
  ['generic_nack', 'smsc', STATES],
];

for (const [name, side, states] of afterBind) {
  test(`${name} comes from the ${side} in: ${states.join(', ')}`, () => {
    assert.deepEqual(statesOf(name, side), states);
  });
}

test('a command that nobody knows may never be sent', () => {
  assert.equal(maySend('bound_trx', 0x0102_0304), null);
});

test('a request out of place is answered in its own kind', () => {
  const { ESME_RINVBNDSTS, ESME_RALYBND, ESME_RINVCMDID } = statuses;
  assert.deepEqual(refusalOf('submit_sm', false), { answer: 'submit_sm_resp', status: ESME_RINVBNDSTS.value });
  assert.deepEqual(refusalOf('bind_receiver', false), { answer: 'bind_receiver_resp', status: ESME_RALYBND.value });
  assert.deepEqual(refusalOf('deliver_sm', null), { answer: 'generic_nack', status: ESME_RINVCMDID.value });
  assert.deepEqual(refusalOf(null, null), { answer: 'generic_nack', status: ESME_RINVCMDID.value });
});

test('a response out of place is never answered', () => {
  const responses = names.filter((name) => isResponse(commands[name]));
  for (const name of responses) {
    assert.equal(refusalOf(name, false), null);
    assert.equal(refusalOf(name, null), null);
  }
});

test('what asks for no answer gets none', () => {
  assert.equal(refusalOf('alert_notification', false), null);
  assert.equal(refusalOf('outbind', false), null);
});

test('receivers and transceivers receive', () => {
  assert.deepEqual(STATES.filter(receives), ['bound_rx', 'bound_trx']);
});
