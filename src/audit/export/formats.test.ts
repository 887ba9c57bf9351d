import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { actions } from '../actions.ts';
import type { EntryView } from '../entry-view.ts';
import { cefHeader, cefLine, cefValue } from './cef.ts';
import { type FormatName, formats, framings, rendered, type TransportName } from './formats.ts';
import { ocsfEvent } from './ocsf.ts';
import { OTHER_ACTIVITY, ocsfClasses, ocsfOfAction, ocsfOfKind, ocsfRequired } from './ocsf-classes.ts';
import { octetCounted, syslogMessage } from './syslog.ts';

const of = { origin: 'sms.example/audit', version: '1.2.3', hostName: 'gateway.example' };

const entry = (more: Partial<EntryView> = {}): EntryView => ({
  index: 42,
  atMs: Date.UTC(2030, 0, 1),
  what: 'credential.made',
  kind: 'change',
  who: 'operator:local',
  from: '192.0.2.7',
  on: ['credential:12', 'account:3'],
  why: null,
  outcome: 'done',
  about: { name: 'till' },
  ...more,
});

const kinds = ['change', 'use', 'read', 'key', 'alarm', 'run', 'message'] as const;
/** Every action there is, and one of each kind that nobody has a row for, done and refused, with and without an address. */
const all: readonly EntryView[] = [
  ...Object.entries(actions).map(([what, { kind }]) => ({ what, kind })),
  ...Object.keys(ocsfOfAction).map((what) => ({ what, kind: 'message' as const })),
  ...kinds.map((kind) => ({ what: 'unheard.of', kind })),
].flatMap((row) => [
  entry(row),
  entry({ ...row, from: null, on: [], outcome: 'not_found', why: 'ü|=\\\n\r]"' }),
  entry({ ...row, from: '2001:db8::1' }),
  entry({ ...row, from: 'control socket' }),
]);

const has = (event: object, path: string): boolean =>
  path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], event) !==
  undefined;

describe('OCSF 1.3.0', () => {
  it('every event has what every event must have, and what its class must have', () => {
    for (const one of all) {
      const event = ocsfEvent(one, of);
      const [, row] = Object.entries(ocsfClasses).find(([, { uid }]) => uid === event.class_uid)!;
      for (const path of [...ocsfRequired, ...row.required]) assert.ok(has(event, path), `${one.what}: ${path}`);
      for (const paths of row.oneOf)
        assert.ok(
          paths.some((path) => has(event, path)),
          `${one.what}: one of ${paths.join(', ')}`,
        );
      assert.equal(event.category_uid, row.category);
      assert.equal(event.type_uid, row.uid * 100 + Number(event.activity_id));
      assert.equal(Math.floor(row.uid / 1000), row.category);
    }
  });

  it('every activity is one that its class has', () => {
    for (const { in: name, activity } of [...Object.values(ocsfOfKind), ...Object.values(ocsfOfAction)]) {
      const activities: readonly number[] = [...ocsfClasses[name].activities, OTHER_ACTIVITY];
      assert.ok(activities.includes(activity), `${name} ${activity}`);
    }
  });

  it('says what was refused, and why', () => {
    const event = ocsfEvent(entry({ kind: 'use', what: 'credential.refused', outcome: 'credential_invalid' }), of);
    assert.deepEqual([event.status_id, event.status_code, event.severity_id], [2, 'credential_invalid', 3]);
  });
});

describe('CEF 0', () => {
  it('escapes every reserved character, each where it is reserved', () => {
    assert.equal(cefHeader('a|b\\c=d\ne\r\nf'), String.raw`a\|b\\c=d e f`);
    assert.equal(cefValue('a|b\\c=d\ne\r\nf'), String.raw`a|b\\c\=d\ne\r\nf`);
  });

  it('is a line of seven fields and pairs', () => {
    assert.equal(
      cefLine(entry({ why: 'a=b' }), of),
      String.raw`CEF:0|Sallyport|Sallyport|1.2.3|credential.made|credential.made|5|rt=1893456000000 externalId=42 cat=change act=credential.made suser=operator:local src=192.0.2.7 outcome=done reason=a\=b cs1Label=log cs1=sms.example/audit cs2Label=on cs2=credential:12 account:3 cs3Label=about cs3={"name":"till"}`,
    );
  });

  it('names where it came from in the field for it', () => {
    assert.match(cefLine(entry({ from: '2001:db8::1' }), of), / c6a2Label=Source IPv6 Address c6a2=2001:db8::1 /);
    assert.match(cefLine(entry({ from: 'control socket' }), of), / shost=control socket /);
    assert.doesNotMatch(cefLine(entry({ from: null }), of), /src=|shost=|c6a2/);
  });

  it('reads back as what went in, whatever characters there are', () => {
    const why = 'a|b\\c=d\ne\rf\\n \\= = \\';
    const value = /reason=((?:\\.|[^\\=])*) cs1Label=/.exec(cefLine(entry({ why }), of))?.[1] ?? '';
    const plain = value.replaceAll(/\\(.)/g, (_, c: string) => ({ n: '\n', r: '\r' })[c] ?? c);
    assert.equal(plain, why);
  });
});

describe('syslog', () => {
  it('has the header of RFC 5424', () => {
    assert.equal(
      syslogMessage(entry(), 'body', 'gateway.example'),
      '<109>1 2030-01-01T00:00:00.000Z gateway.example sallyport - credential.made - body',
    );
    assert.match(syslogMessage(entry({ kind: 'alarm' }), 'body', ''), /^<108>1 \S+ - sallyport /);
    assert.match(syslogMessage(entry({ kind: 'message' }), 'body', 'a b\n'), /^<110>1 \S+ ab sallyport /);
    assert.match(syslogMessage(entry({ what: 'x'.repeat(40) }), 'body', 'h'), / x{32} - body$/);
  });

  it('marks a text that is not ASCII, and counts octets and not characters', () => {
    assert.match(syslogMessage(entry(), 'ü', 'h'), / - \ufeffü$/);
    assert.equal(octetCounted('ü'), '2 ü');
  });
});

describe('every format on every way', () => {
  for (const format of Object.keys(formats) as FormatName[]) {
    for (const transport of Object.keys(framings) as TransportName[]) {
      it(`${format} by ${transport}: one line for every entry, with its index`, () => {
        for (const one of all) {
          const text = rendered(format, transport, one, of);
          assert.equal(text.trimEnd().split(/[\r\n]/).length, 1, text);
          assert.match(text, /42/);
          if (transport === 'tls')
            assert.equal(Number(text.split(' ', 1)[0]), Buffer.byteLength(text) - text.indexOf(' ') - 1);
          if (format !== 'cef') assert.match(text, /^[\n -~]*$/);
        }
      });
    }
  }
});
