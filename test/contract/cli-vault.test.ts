import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Door, openDoor } from '../support/api-door.ts';
import { command } from '../support/command-line.ts';
import { cyclonedxErrors } from '../support/cyclonedx.ts';

let door: Door;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

const type = (...argv: string[]) => command(['vault', ...argv], { socketPath: door.socketPath });

test('the inventory is shown with what is due, and what is being exchanged', async () => {
  const { code, out } = await type('inventory');
  assert.equal(code, 0);
  assert.match(
    out,
    /^WHAT +ALGORITHM +HOW MANY +OLDEST +PERIOD +NEXT +PQ\naccount keys +XChaCha20-Poly1305 +2 active /,
  );
  assert.match(out, /\nday keys +XChaCha20-Poly1305 +1 active, 1 pre-active +\S+ \S+ +1 d /);
  assert.match(out, /\nrecipient keys: Seal the number of one person/);
  assert.match((await type('rotate', '--account', 'acme')).out, /^The key of account acme is exchanged: version 2 /);
  assert.match((await type('inventory')).out, /\nRotating the key of account acme to version 2: 0 keys done\.\n/);
  assert.match((await type('rotate')).out, /^The key of the gateway itself is exchanged/);
});

test('the bill of materials is valid for the official schema, and that schema finds what is wrong', async () => {
  const document = JSON.parse((await type('inventory', '--cbom')).out) as {
    components: { name: string; cryptoProperties: { assetType: string } }[];
  };
  assert.deepEqual(cyclonedxErrors(document), []);
  const ofDays = document.components.filter(({ name }) => name === 'day keys');
  assert.deepEqual(
    ofDays.map(({ cryptoProperties }) => cryptoProperties.assetType),
    ['related-crypto-material', 'related-crypto-material'],
  );
  const [first, ...others] = document.components;
  const wrong = { ...first!, cryptoProperties: { assetType: 'key' } };
  assert.notDeepEqual(cyclonedxErrors({ ...document, components: [wrong, ...others] }), []);
});

test('a compromise is told with what it protected', async () => {
  const { code, out } = await type('compromise', '--account', 'acme');
  assert.equal(code, 0);
  assert.match(out, /^Marked and exchanged for account acme\. It protected:\n/);
  assert.match(out, /Days +2026-11-24 to 2026-11-25\n/);
  assert.match(out, /Messages +12\n/);
  assert.match(out, /Secrets to change +secret of the webhook\n/);
  await type('compromise', '--account', 'acme', '--day', '2026-11-25');
  assert.deepEqual(door.vault.compromised, [
    { account: 'acme', day: null },
    { account: 'acme', day: '2026-11-25' },
  ]);
});

test('what cannot be is refused with its reason', async () => {
  for (const argv of [
    ['rotate', '--account', 'nobody'],
    ['compromise', '--account', 'nobody'],
    ['compromise', '--day', '2026-13-45'],
  ]) {
    const { code, err } = await type(...argv);
    assert.equal(code, 1, argv.join(' '));
    assert.match(err, /not_found|invalid_request|invalid/);
  }
});
