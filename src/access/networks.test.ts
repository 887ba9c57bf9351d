import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceOf } from './networks.ts';

const sources = {
  '192.0.2.7': '192.0.2.7',
  '::ffff:192.0.2.7': '192.0.2.7',
  '2001:db8:1:2:3:4:5:6': '2001:db8:1:2::/64',
  '2001:0db8:0001:0002::9': '2001:db8:1:2::/64',
  '2001:db8::1': '2001:db8:0:0::/64',
  '2001:db8:1:2::': '2001:db8:1:2::/64',
  '::1': '0:0:0:0::/64',
  'fe80::1:2:3:4%eth0': 'fe80:0:0:0::/64',
  '1::2:3:4:5:6:7': '1:0:2:3::/64',
  '': '',
};

for (const [address, source] of Object.entries(sources)) {
  test(`"${address}" counts as "${source}"`, () => assert.equal(sourceOf(address), source));
}
