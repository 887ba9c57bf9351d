import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopback, mayReach, networks } from './egress.ts';

const none = networks([]);

const closed = {
  'this host': ['0.0.0.0', '0.1.2.3', '::'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  'link-local and cloud metadata': ['169.254.0.1', '169.254.169.254', 'fe80::1', 'fd00:ec2::254'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  'reserved and broadcast': ['240.0.0.1', '255.255.255.255'],
  'documentation and benchmarks': ['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '2001:db8::1', '3fff::1'],
  'IPv4 inside IPv6': [
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '2001:0:1::',
  ],
  'no address': ['', 'localhost', 'fe80::1%eth0', '2600::1%1', '1.2.3'],
} as const;

for (const [kind, addresses] of Object.entries(closed)) {
  test(`closed: ${kind}`, () => {
    for (const address of addresses) assert.equal(mayReach(address, none), false, address);
  });
}

test('open: what is globally reachable, up to the edges of what is closed', () => {
  const edges = ['9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'];
  const more = [
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
    '2606:4700::1',
  ];
  for (const address of [...edges, ...more]) assert.equal(mayReach(address, none), true, address);
});

test('an operator can open a network, and nothing beyond it', () => {
  const opened = networks(['10.1.0.0/16', '::1/128']);
  assert.equal(mayReach('10.1.2.3', opened), true);
  assert.equal(mayReach('10.2.0.1', opened), false);
  assert.equal(mayReach('::1', opened), true);
  assert.equal(mayReach('127.0.0.1', opened), false);
});

test('loopback is told apart', () => {
  assert.deepEqual(['127.0.0.1', '::1', '10.0.0.1', 'localhost'].map(isLoopback), [true, true, false, false]);
});
