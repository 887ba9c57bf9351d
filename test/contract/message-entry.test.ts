import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageEntry } from '../../src/audit/index.ts';
import { idText } from '../../src/base/id.ts';
import { states } from '../../src/messages/states.ts';
import { ownDatabase } from '../support/hooks.ts';

const db = ownDatabase();

const HIGHEST = 0x7fff_ffff;
const numbers = [0, 1, 0xff, 0x1_0203, HIGHEST];
const times = [0, 1, 2 ** 32 - 1, 2 ** 32, Date.UTC(2030, 0, 1), 2 ** 48 - 1];

test('message_entry of the database writes the octets of messageEntry, in every state and up to the bounds', async () => {
  const messageId = Buffer.from('01890a5dac96774bbcceb302099a8057', 'hex');
  for (const { number: state } of Object.values(states)) {
    for (const [at, atMs] of times.entries()) {
      const pick = (add: number) => numbers[(at + add) % numbers.length]!;
      const segment = Math.min(pick(0), 0x7fff);
      const rest = { accountId: pick(1), credentialId: pick(2), carrierId: pick(3), nodeId: pick(4), code: pick(5) };
      const { accountId, credentialId, carrierId, nodeId, code } = rest;
      const { rows } = await db.engine.query<{ entry: Buffer }>(
        'SELECT message_entry($1::int2, $2::int2, $3, $4, $5, $6, $7, $8, $9) AS entry',
        [state, segment, atMs, accountId, idText(messageId), credentialId, carrierId, nodeId, code],
      );
      const expected = messageEntry({ state, segment, atMs, messageId, ...rest });
      assert.deepEqual(rows[0]!.entry, expected, `state ${state}, ${atMs} ms`);
    }
  }
});
