import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exampleTlvs } from '../../../test/support/example-tlvs.ts';
import { written } from '../../../test/support/pdu-bytes.ts';
import { type CommandName, commands, isResponse, responseName } from './commands.ts';
import { splitTlvs } from './raw-tlvs.ts';
import { type StatusName, statuses } from './statuses.ts';
import { tlvs as tlvTable } from './tlvs.ts';
import {
  bindAnswerTlvs,
  commonVersion,
  hasCommand,
  hasTlv,
  statusFor,
  type Version,
  versionOf,
  versionWithSmsc,
} from './version.ts';

const VERSIONS: readonly Version[] = [0x33, 0x34, 0x50];
const octets = Array.from({ length: 256 }, (_, value) => value);

test('3.3 is up to 0x33, 5.0 is 0x50, and everything else is 3.4', () => {
  assert.deepEqual(
    octets.filter((said) => versionOf(said) === 0x33),
    octets.slice(0, 0x34),
  );
  assert.deepEqual(
    octets.filter((said) => versionOf(said) === 0x50),
    [0x50],
  );
  assert.equal(octets.filter((said) => versionOf(said) === 0x34).length, 256 - 0x34 - 1);
});

test('two sides speak the older of their versions', () => {
  assert.equal(commonVersion(0x34, 0x50), 0x34);
  assert.equal(commonVersion(0x50, 0x33), 0x33);
  assert.equal(commonVersion(0x50, 0x50), 0x50);
});

test('an SMSC that does not tell its version is taken to speak 3.4, or what it was asked for', () => {
  assert.equal(versionWithSmsc(0x50, null), 0x34);
  assert.equal(versionWithSmsc(0x33, null), 0x33);
  assert.equal(versionWithSmsc(0x50, 0x50), 0x50);
  assert.equal(versionWithSmsc(0x50, 0x33), 0x33);
  assert.equal(versionWithSmsc(0x34, 0x50), 0x34);
});

test('a bind is answered with the version that is spoken, and without TLVs in 3.3', () => {
  assert.deepEqual(VERSIONS.map(bindAnswerTlvs), [{}, { sc_interface_version: 0x34 }, { sc_interface_version: 0x50 }]);
});

test('a command and its response came with the same version', () => {
  for (const name of Object.keys(commands) as CommandName[]) {
    const answer = responseName(name);
    if (answer === null) continue;
    for (const version of VERSIONS)
      assert.equal(hasCommand(version, commands[name]), hasCommand(version, commands[answer]));
  }
});

test('the requests that each version lacks', () => {
  const requests = (Object.keys(commands) as CommandName[]).filter((name) => !isResponse(commands[name]));
  const missing = (version: Version) => requests.filter((name) => !hasCommand(version, commands[name]));
  const broadcasts = ['broadcast_sm', 'query_broadcast_sm', 'cancel_broadcast_sm'];
  assert.deepEqual(missing(0x33), ['bind_transceiver', 'outbind', 'alert_notification', 'data_sm', ...broadcasts]);
  assert.deepEqual(missing(0x34), broadcasts);
  assert.deepEqual(missing(0x50), []);
});

for (const [name, { value }] of Object.entries(statuses)) {
  test(`${name} has a word in every version`, () => {
    const isNew = value >= statuses.ESME_RSERTYPUNAUTH.value;
    assert.equal(statusFor(0x50, value), value);
    assert.equal(statusFor(0x34, value) === value, !isNew);
    assert.ok(statusFor(0x34, value) <= statuses.ESME_RUNKNOWNERR.value);
    assert.ok(statusFor(0x33, value) <= statuses.ESME_RQUERYFAIL.value);
    assert.equal(statusFor(0x33, value) === 0, value === 0);
  });
}

test('the status of a vendor stays', () => {
  for (const version of VERSIONS) assert.equal(statusFor(version, 0x0401), 0x0401);
});

const said = (version: Version, name: StatusName) => statusFor(version, statuses[name].value);

test('what only the newer version tells is said in the words of the older', () => {
  assert.equal(said(0x34, 'ESME_RSERTYPDENIED'), statuses.ESME_RINVSERTYP.value);
  assert.equal(said(0x34, 'ESME_RINVBCAST_REP'), statuses.ESME_RINVOPTPARAMVAL.value);
  assert.equal(said(0x33, 'ESME_RINVBCAST_REP'), statuses.ESME_RSUBMITFAIL.value);
  assert.equal(said(0x33, 'ESME_RINVOPTPARSTREAM'), statuses.ESME_RINVCMDLEN.value);
});

test('a TLV goes only to who knows it, and one of a vendor to all but 3.3', () => {
  const unknown = [{ tag: 0x1400, value: Buffer.from('v') }];
  const stream = written((out) => out.write('enquire_link', 0, 1, {}, { ...exampleTlvs, unknown })).subarray(16);
  for (const version of VERSIONS) {
    const kept = splitTlvs(stream).filter(({ tag }) => hasTlv(version, tag));
    const known = Object.values(tlvTable).filter(({ since }) => version !== 0x33 && since <= version);
    const expected = [...known.map(({ tag }) => tag), ...(version === 0x33 ? [] : [0x1400])];
    assert.deepEqual(new Set(kept.map(({ tag }) => tag)), new Set(expected));
  }
  const { tag } = tlvTable.congestion_state;
  assert.deepEqual([hasTlv(0x34, tag), hasTlv(0x50, tag)], [false, true]);
});
