import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outletUses } from '../../src/outlet-uses.ts';

test('an export that may speak TLS 1.2 is not called safe from quantum computers', () => {
  const set = { receivers: 2, exportCertificate: null, witnessKeys: [] };
  const levelOf = (exportTls: 'TLSv1.2' | 'TLSv1.3') =>
    outletUses({ ...set, exportTls }).map(({ counts, quantumLevel }) => [counts.active, quantumLevel]);
  assert.deepEqual(levelOf('TLSv1.3'), [[2, 3]]);
  assert.deepEqual(levelOf('TLSv1.2'), [[2, 0]]);
});

test('where nothing leaves, nothing is listed; a certificate that cannot be read is', () => {
  const nothing = { receivers: 0, exportTls: 'TLSv1.3', exportCertificate: null, witnessKeys: [] } as const;
  assert.deepEqual(outletUses(nothing), []);
  const [row] = outletUses({ ...nothing, exportCertificate: 'unreadable' });
  assert.deepEqual([row?.name, row?.counts], ['TLS certificate shown to receivers', { active: 0 }]);
});
