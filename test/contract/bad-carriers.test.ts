import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Dice } from '../../src/base/dice.ts';
import type { OutboundPart } from '../../src/carriers/carrier.ts';
import { behaviours, Smsc } from '../../src/simulator/index.ts';
import { HandClock } from '../support/hand-clock.ts';
import { SmppCarrier } from '../support/smpp-carrier.ts';
import { partFor } from './carrier-contract.ts';

const PARTS = 300;
const STEP_MS = 100;
/** Twenty minutes of the clock's: longer than the link needs with anybody. */
const STEPS_MAX = 12_000;
/** Longer than the slowest receipt takes, and than the link waits before it comes back to an SMSC that keeps dropping it. */
const SETTLE_STEPS = 600;
/** How often the event loop turns, so that what was written on loopback is read. */
const TURNS = 6;

const turns = async () => {
  for (let left = TURNS; left > 0; left--) await setImmediate();
};

suite('a carrier link, whatever its SMSC does, reports every part once and loses none', { concurrency: 1 }, () => {
  for (const { name, fates } of behaviours) {
    test(name, async () => {
      await using stack = new AsyncDisposableStack();
      const simulated = new HandClock();
      const smsc = stack.use(
        new Smsc({ script: { behave: [name] }, clock: simulated, dice: new Dice(7), identity: null }),
      );
      const carrier = stack.use(await SmppCarrier.make({ port: await smsc.listen(0) }));
      const { link, heard, clock } = carrier;
      const pass = async () => {
        simulated.advance(STEP_MS);
        clock.advance(STEP_MS);
        await turns();
      };

      const handed: OutboundPart[] = [];
      link.start();
      for (let step = 0; step < STEPS_MAX && heard.reported.length < PARTS; step++) {
        while (link.room > 0 && handed.length < PARTS) {
          handed.push(partFor(handed.length % 90));
          link.submit(handed.at(-1)!);
        }
        await pass();
        if (fates.length === 0 && step > SETTLE_STEPS) break;
      }
      for (let step = 0; step < SETTLE_STEPS; step++) await pass();

      assert.equal(handed.length, fates.length === 0 ? 0 : PARTS, link.status);
      assert.equal(heard.reported.length, handed.length);
      assert.deepEqual(new Set(heard.reported.map(({ part }) => part)), new Set(handed));
      const kinds = new Set(heard.reported.map(({ result }) => result.kind));
      assert.deepEqual(kinds, new Set(fates));
      const sent = heard.reported.filter(({ result }) => result.kind === 'sent').length;
      assert.ok(smsc.counts.submits >= sent);
      assert.equal(smsc.owed, 0, 'every receipt and message from a handset is answered');
    });
  }
});
