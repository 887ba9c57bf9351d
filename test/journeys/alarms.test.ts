import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectOwner } from '../support/database.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { type Recorded, RecordReader } from '../support/recorded.ts';

const ON = 'datum:message_body';
const isOfAlarm = ({ what }: Recorded) => what.startsWith('alarm.');

/** As a gateway leaves it that saw days beyond their time. */
async function alarmStands(dataFolder: string): Promise<void> {
  const owner = await connectOwner(dataFolder);
  await owner.query(`INSERT INTO alarm (alarm, about, gateway, since, said_at, seen_until)
    SELECT 'retention_late', '{${ON}}', gen_random_uuid(), at, at, now() + interval '1 hour'
    FROM (SELECT now() - interval '25 hours' AS at) raised`);
  await owner.end();
}

test('an alarm that stood when the gateway was killed has its end on record at the next start, and is not raised again', async () => {
  await using gateway = await GatewayProcess.start();
  await alarmStands(gateway.dataFolder);
  await gateway.kill();
  await using again = await GatewayProcess.start({ dataFolder: gateway.dataFolder });
  await using record = await RecordReader.open(again.dataFolder);
  const ended = await record.until(isOfAlarm);
  assert.deepEqual([ended.what, ended.outcome, ended.on], ['alarm.ended', 'retention_late', [ON]]);
  assert.equal(Math.floor(Number(ended.about?.seconds) / 3600), 25);
  const { body } = await again.control('GET', '/v1/status');
  assert.deepEqual((body as { alarms: unknown[] }).alarms, []);
});
