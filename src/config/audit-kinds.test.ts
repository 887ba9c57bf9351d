import assert from 'node:assert/strict';
import { it } from 'node:test';
import { exportAddress, witnessAddress } from './audit-kinds.ts';

const at = (host: string, port: number) => ({ transport: 'tls', host, port });

it('a place of export is a format and a host, whose port is 6514, or a file', () => {
  const places = {
    'json tls://siem.example': at('siem.example', 6514),
    'ocsf tls://siem.example:443': at('siem.example', 443),
    'cef tls://[2001:db8::1]:7000': at('2001:db8::1', 7000),
    'json file:/var/log/a b.json': { transport: 'file', path: '/var/log/a b.json' },
  };
  for (const [name, to] of Object.entries(places))
    assert.deepEqual(exportAddress.read(name), { name, format: name.split(' ')[0], to });
});

it('what has another format, another way or a password is no place of export', () => {
  for (const wrong of [
    '',
    'json',
    'xml tls://siem.example',
    'json tcp://siem.example',
    'json tls://user:pass@siem.example',
    'json tls://siem.example/path',
    'json tls://siem.example:99999',
    'json file:',
    7,
  ])
    assert.equal(exportAddress.read(wrong), undefined, String(wrong));
});

it('a witness is an address and a key', () => {
  const key = 'witness.example+0123abcd+BAAA';
  assert.deepEqual(witnessAddress.read(`https://witness.example ${key}`), { url: 'https://witness.example/', key });
  for (const wrong of [
    `http://witness.example ${key}`,
    'https://witness.example',
    `https://u:p@w.example ${key}`,
    key,
    7,
  ])
    assert.equal(witnessAddress.read(wrong), undefined, String(wrong));
});
