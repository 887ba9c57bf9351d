import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { toDefaultAlphabet } from '../../src/wire/text/default-alphabet.ts';
import { decodeText, encodeText } from '../../src/wire/text/encode.ts';
import { encodeGsm7 } from '../../src/wire/text/gsm7.ts';
import {
  type Language,
  languageNames,
  languages,
  locks,
  noShifts,
  type Shifts,
} from '../../src/wire/text/languages.ts';
import { carriesHeader, cutSegments } from '../../src/wire/text/segments.ts';
import { shiftElements } from '../../src/wire/text/user-data-header.ts';
import { pcapOfPayloads } from '../support/pcap.ts';

/** Wireshark's decoder reads our texts as they go over the air: packed, behind their headers, in SMS-DELIVER. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const LINK_IS_SMS = 'uat:user_dlts:"User 0 (DLT=147)","gsm_sms","0","","0",""';
const fields = {
  text: 'gsm_sms.sms_text',
  reference: 'gsm_sms.udh.mm.msg_id',
  total: 'gsm_sms.udh.mm.msg_parts',
  number: 'gsm_sms.udh.mm.msg_part',
  single: 'gsm_sms.dis_iei_lang.single_shift',
  locking: 'gsm_sms.dis_iei_lang.locking_shift',
  complaint: '_ws.expert.message',
  malformed: '_ws.malformed',
} as const;
type Seen = Partial<Record<keyof typeof fields, string>>;

const folder = mkdtempSync(join(tmpdir(), 'sallyport-text-'));
after(() => rmSync(folder, { recursive: true }));

function readWithTshark(tpdus: readonly Buffer[]): Seen[] {
  const file = join(folder, 'texts.pcap');
  writeFileSync(file, pcapOfPayloads(tpdus));
  const wanted = Object.values(fields).flatMap((field) => ['-e', field]);
  const flags = ['-r', file, '-o', LINK_IS_SMS, '-o', 'gsm_sms.reassemble:FALSE', '-T', 'json', ...wanted];
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
  const output = execFileSync('tshark', flags, { encoding: 'utf8', stdio, maxBuffer: OUTPUT_BYTES_MAX });
  const packets = JSON.parse(output) as { _source: { layers: Record<string, string[]> } }[];
  return packets.map(({ _source: { layers } }) =>
    Object.fromEntries(
      Object.entries(fields).flatMap(([name, field]) => (layers[field] ? [[name, layers[field].join('|')]] : [])),
    ),
  );
}

const UDHI = 0x40;
const NO_MORE_MESSAGES = 0x04;
const DELIVER = 0x00;
/** An originating address in semi-octets (+1 202 555 0143), protocol identifier 0. */
const FROM = Buffer.from('0b912120550541f300', 'hex');
const SENT_AT = Buffer.from('62115290000000', 'hex');

/** TS 23.040 §9.2.2.1. The user data is as long as its header and its text: in septets, or in octets. */
function deliver(octets: Buffer, dataCoding: 0 | 8, hasHeader: boolean): Buffer {
  const headerOctets = hasHeader ? 1 + octets[0]! : 0;
  const septets = Math.ceil((headerOctets * 8) / 7) + octets.length - headerOctets;
  const userData = dataCoding === 0 ? toDefaultAlphabet(octets, hasHeader, 'gsm7-packed')! : octets;
  return Buffer.concat([
    Buffer.of(DELIVER | NO_MORE_MESSAGES | (hasHeader ? UDHI : 0)),
    FROM,
    Buffer.of(dataCoding),
    SENT_AT,
    Buffer.of(dataCoding === 0 ? septets : octets.length),
    userData,
  ]);
}

interface Expected {
  readonly tpdu: Buffer;
  readonly seen: Seen;
}

/** What is seen of a language, where a header names one. */
const seenLanguage = (field: 'single' | 'locking', name: Language | 'default'): Seen =>
  name === 'default' ? {} : { [field]: String(languages[name]) };

/** Wireshark names the languages, and shows the septets in the default alphabet. */
function expectedParts(
  octets: Buffer,
  dataCoding: 0 | 8,
  shifts: Shifts,
  cutting: 'header-8' | 'header-16',
): Expected[] {
  const options = { cutting, elements: shiftElements(shifts) };
  const reference = 0xabcd;
  const parts = cutSegments(octets, dataCoding, reference, options);
  const hasHeader = carriesHeader(parts.length, options);
  return parts.map((part, at) => {
    const text = decodeText(hasHeader ? part.subarray(1 + part[0]!) : part, dataCoding)!;
    const place = {
      reference: String(cutting === 'header-8' ? reference & 0xff : reference),
      total: String(parts.length),
      number: String(at + 1),
    };
    const seen = {
      ...(text === '' ? {} : { text }),
      ...(parts.length > 1 && place),
      ...seenLanguage('single', shifts.single),
      ...seenLanguage('locking', shifts.locking),
    };
    return { tpdu: deliver(part, dataCoding, hasHeader), seen };
  });
}

function check(expected: readonly Expected[]): void {
  const seen = readWithTshark(expected.map(({ tpdu }) => tpdu));
  assert.equal(seen.length, expected.length);
  for (const [at, one] of expected.entries()) assert.deepEqual(seen[at], one.seen, `part ${at}`);
}

const alphabet = '@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!"#¤%&()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà^{}[~]|€';

test('Wireshark reads texts of every length as they were written', () => {
  const texts = Array.from({ length: 330 }, (_, length) => alphabet.repeat(5).slice(0, length));
  check(texts.flatMap((text) => expectedParts(encodeGsm7(text)!, 0, noShifts, 'header-8')));
});

test('Wireshark reads texts in both codings and with both references', () => {
  const texts = ['Hello', '€ {x} '.repeat(60), 'Привет 😀 '.repeat(20), '😀'.repeat(67), 'ж'.repeat(70)];
  for (const cutting of ['header-8', 'header-16'] as const) {
    check(
      texts.flatMap((text) => {
        const { octets, dataCoding, shifts } = encodeText(text)!;
        return expectedParts(octets, dataCoding, shifts, cutting);
      }),
    );
  }
});

test('Wireshark finds the languages in every header, and the septets behind it', () => {
  const text = 'abc{x} 123, '.repeat(40);
  const octets = encodeGsm7(text)!;
  const pairs = ['default' as const, ...languageNames.filter(locks)].flatMap((locking) =>
    ['default' as const, ...languageNames].map((single): Shifts => ({ locking, single })),
  );
  check(
    pairs.flatMap((shifts) => [
      ...expectedParts(octets, 0, shifts, 'header-8'),
      ...expectedParts(octets, 0, shifts, 'header-16'),
      ...expectedParts(octets.subarray(0, 100), 0, shifts, 'header-8'),
    ]),
  );
});
