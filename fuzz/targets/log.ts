import assert from 'node:assert/strict';
import {
  type Admitted,
  addCheckpointBody,
  admit,
  cosign,
  decide,
  emptyRoot,
  formatCheckpoint,
  formatNote,
  formatProofFile,
  formatSignature,
  formatSignerKey,
  formatVerifierKey,
  parseCheckpoint,
  parseNote,
  parseProofFile,
  parseSignatures,
  parseSignerKey,
  parseTilePath,
  parseVerifierKey,
  readWitnessAnswer,
  signCheckpoint,
  tilePath,
  verifyProofFile,
} from '../../src/audit/tree/index.ts';
import { logKey, ORIGIN, witnessKey } from '../../test/support/log-keys.ts';
import { logOf } from '../../test/support/memory-log.ts';
import { type Target, words } from '../target.ts';

const size = 3;
const log = logOf(size);
const checkpoint = signCheckpoint({ origin: ORIGIN, size, root: log.root(), extensions: [] }, [logKey, witnessKey], 9);
const request = addCheckpointBody(0, [], checkpoint);
const proof = formatProofFile({ index: 2, hashes: [emptyRoot()], checkpoint, extra: Buffer.from('extra') });
const logs = [{ origin: ORIGIN, keys: [logKey] }];
const policy = { origin: ORIGIN, logKeys: [logKey], witnesses: [witnessKey], quorum: 0 };

const note = Buffer.from(checkpoint);
const admitted = admit(Buffer.from(request), logs) as Admitted;

/** What is read is written again as it was: each value has one spelling. */
function same<Value>(octets: Buffer, read: (text: string) => Value | null, write: (value: Value) => string): void {
  const text = octets.toString('utf8');
  const value = read(text);
  if (value !== null) assert.equal(write(value), text);
}

/** A note that the key of the log has signed is the one that it signed. */
function forged(octets: Buffer): void {
  const found = admit(octets, logs);
  if (found.status !== 'admitted') return;
  assert.equal(formatCheckpoint(found.checkpoint), admitted.note.text);
  assert.equal(decide(found, null).status === 200, found.oldSize === 0 && found.proof.length === 0);
}

const readers: readonly ((octets: Buffer) => void)[] = [
  (octets) => same(octets, (text) => parseNote(Buffer.from(text)), formatNote),
  (octets) => same(octets, parseCheckpoint, formatCheckpoint),
  (octets) => same(octets, (text) => parseProofFile(Buffer.from(text)), formatProofFile),
  (octets) => same(octets, parseTilePath, tilePath),
  (octets) => same(octets, parseSignatures, (signatures) => signatures.map(formatSignature).join('')),
  (octets) => same(octets, parseVerifierKey, formatVerifierKey),
  (octets) => same(octets, parseSignerKey, formatSignerKey),
  forged,
  (octets) => assert.equal(typeof verifyProofFile(octets, emptyRoot(), policy), 'string'),
  (octets) => {
    for (const status of [200, 409]) readWitnessAnswer(status, octets.toString('utf8'), admitted.note, [witnessKey]);
  },
];

const texts = [
  note,
  Buffer.from(admitted.note.text),
  Buffer.from(proof),
  Buffer.from('tile/1/x001/x234/067.p/17'),
  Buffer.from(checkpoint.split('\n\n')[1]!),
  Buffer.from(formatVerifierKey(logKey)),
  Buffer.from(formatSignerKey(logKey)),
  Buffer.from(request),
  Buffer.from(proof),
  Buffer.from(cosign(admitted, [witnessKey], 5)),
];

/** What auditors, witnesses and applications hand in about the log: read in one spelling, and forged by nobody. */
export const auditLog: Target = {
  name: 'log',
  modules: /src\/audit\/tree\/[\w-]+\.ts$/,
  maxBytes: 2000,
  dictionary: words(
    '\n',
    '\n\n',
    'old 0',
    'index 0',
    'extra ',
    '+',
    '==',
    '\xe2\x80\x94 ',
    'x001/',
    '.p/255',
    'tile/',
    'entries/',
    '9007199254740991',
  ),
  seeds: () => texts.map((octets, reader) => Buffer.concat([Buffer.of(reader), octets])),
  run(input) {
    const [which = 0] = input;
    readers[which % readers.length]!(input.subarray(1));
  },
};
