import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { Dice } from '../../src/base/dice.ts';
import { misbehaviours, play } from '../../src/simulator/index.ts';
import { Esme, HANDSET, SENDER } from '../support/esme.ts';
import { smppLogin } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

/** Short times, so that what waits for the gateway's patience does not wait long. */
const SETTINGS = { SALLYPORT_SMPP_BIND_SECONDS: '6', SALLYPORT_SMPP_ENQUIRE_LINK_SECONDS: '2' };
const PACE = { clock: systemClock, patienceMs: 60_000, octetMs: 1000, lateMs: 5000 };
const COUNT = 20;

let gateway: GatewayProcess;
/** An application that nothing here may disturb. */
let bystander: Esme;
before(async () => {
  gateway = await GatewayProcess.start({ settings: SETTINGS });
  bystander = await Esme.bound(gateway, await smppLogin(gateway));
  // The gateway asks again and again whether it is there.
  bystander.answersEnquireLink();
});
after(async () => {
  bystander[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

let turn: Promise<unknown> = Promise.resolve();
/** One after the other: the answers it waits for are its own. */
const bystanderSends = (): Promise<unknown> => (turn = turn.then(() => bystander.submitted()));

/** Waits for a line of this event about this credential's sessions, or about this address. */
async function loggedOf(event: string, credential: number, address: string): Promise<void> {
  for (;;) {
    const sessions = gateway.log.filter((line) => line.credential === credential).map(({ session }) => session);
    const isMine = (line: Record<string, unknown>) => line.address === address || sessions.includes(line.session);
    if (gateway.log.some((line) => line.event === event && isMine(line))) return;
    await gateway.control('GET', '/v1/accounts');
  }
}

suite('a bad application is treated as the table says, and others do not notice', { concurrency: 6 }, () => {
  for (const [at, row] of misbehaviours.entries()) {
    test(row.name, async () => {
      const { id, systemId, password } = await smppLogin(gateway);
      const localAddress = `127.0.1.${at + 1}`;
      const target = { address: '127.0.0.1', localAddress, port: gateway.smppPlainPort, tls: null };
      const asked = { systemId, password, from: SENDER, to: HANDSET, count: COUNT, dice: new Dice(7) };
      assert.deepEqual(await play(row, target, asked, PACE), { name: row.name, complaint: null });
      if (row.log !== undefined) await loggedOf(row.log, id, localAddress);
      await bystanderSends();
    });
  }
});
