import { parseSmppTime } from './times.ts';

/**
 * The states a receipt tells of, by their word in its text (SMPP 3.4 appendix B), and the number they have in the TLV
 * message_state (§5.2.28; 0 comes from SMPP 5.0 §4.7.15).
 */
export const receiptStates = {
  SCHEDULED: { number: 0 },
  ENROUTE: { number: 1 },
  DELIVRD: { number: 2 },
  EXPIRED: { number: 3 },
  DELETED: { number: 4 },
  UNDELIV: { number: 5 },
  ACCEPTD: { number: 6 },
  UNKNOWN: { number: 7 },
  REJECTD: { number: 8 },
} as const;

export type ReceiptState = keyof typeof receiptStates;

/** SMPP 5.0 §4.7.15 adds 9, SKIPPED: the message centre has passed the message over, and it has not arrived. */
const stateByNumber = new Map<number, ReceiptState>([
  ...Object.entries(receiptStates).map(([state, row]) => [row.number, state as ReceiptState] as const),
  [9, 'UNDELIV'],
]);

/** The state of a message_state TLV; null where the number has no meaning. */
export const receiptStateOf = (number: number): ReceiptState | null => stateByNumber.get(number) ?? null;

/** The words of the table, and those that SMSCs in the field write in their place. */
export const stateByWord: ReadonlyMap<string, ReceiptState> = new Map<string, ReceiptState>([
  ...Object.keys(receiptStates).map((state) => [state, state as ReceiptState] as const),
  ['DELIVERED', 'DELIVRD'],
  ['DELIVERD', 'DELIVRD'],
  ['UNDELIVERED', 'UNDELIV'],
  ['UNDELIVERABLE', 'UNDELIV'],
  ['UNDELIVRD', 'UNDELIV'],
  ['UNDELIVERD', 'UNDELIV'],
  ['FAILED', 'UNDELIV'],
  ['SKIPPED', 'UNDELIV'],
  ['ACCEPTED', 'ACCEPTD'],
  ['REJECTED', 'REJECTD'],
  ['REJECT', 'REJECTD'],
  ['EXPIRD', 'EXPIRED'],
  ['CANCELLED', 'DELETED'],
  ['CANCELED', 'DELETED'],
  ['BUFFERED', 'ENROUTE'],
  ['BUFFRED', 'ENROUTE'],
  ['QUEUED', 'ENROUTE'],
]);

const LONGEST_STATE = 13;

/** The state of a word, or of the number that some SMSCs write in its place. */
function stateOf(word: string): ReceiptState | null {
  if (word.length > LONGEST_STATE) return null;
  const known = stateByWord.get(word) ?? stateByWord.get(word.toUpperCase());
  if (known !== undefined) return known;
  return word !== '' && isNumeric(word) ? receiptStateOf(Number(word)) : null;
}

export interface ReceiptFields {
  readonly messageId: string;
  readonly submittedAtMs: number;
  readonly doneAtMs: number;
  readonly state: ReceiptState;
  /** The network's error code, three digits; '000' for none. */
  readonly error: string;
  /** The first characters of the message, or ''. */
  readonly text: string;
}

const TEXT_LENGTH = 20;

const twoDigits = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

const MINUTE_MS = 60_000;
/** The minute that was written last: most receipts are of the minute of their message. */
let lastMinute = Number.NaN;
let lastDate = '';

/** YYMMDDhhmm in UTC. */
function formatDate(ms: number): string {
  const minute = Math.floor(ms / MINUTE_MS);
  if (minute !== lastMinute) {
    lastDate = dateText(ms);
    lastMinute = minute;
  }
  return lastDate;
}

function dateText(ms: number): string {
  const date = new Date(ms);
  const day =
    twoDigits[date.getUTCFullYear() % 100]! + twoDigits[date.getUTCMonth() + 1]! + twoDigits[date.getUTCDate()]!;
  return day + twoDigits[date.getUTCHours()]! + twoDigits[date.getUTCMinutes()]!;
}

/** The text of a delivery receipt, in ASCII; what is not printable ASCII in the message's text becomes '?'. */
export function formatReceipt(fields: ReceiptFields): string {
  const delivered = fields.state === 'DELIVRD' ? '001' : '000';
  const submitted = formatDate(fields.submittedAtMs);
  const done = formatDate(fields.doneAtMs);
  const text = fields.text.slice(0, TEXT_LENGTH).replace(/[^ -~]/g, '?');
  return `id:${fields.messageId} sub:001 dlvrd:${delivered} submit date:${submitted} done date:${done} stat:${fields.state} err:${fields.error.padStart(3, '0')} text:${text}`;
}

export interface Receipt {
  readonly messageId: string;
  readonly state: ReceiptState;
  readonly error: string | null;
  readonly doneAtMs: number | null;
}

/** All fields but the text come well within this. */
const MAX_READ_OCTETS = 512;
/** SMPP 3.4 §4.4.2: message_id is at most 65 octets with its NUL. */
const MAX_ID_LENGTH = 64;
const MAX_ERROR_LENGTH = 16;

/** The words of the fields as they stand; '' where there is none. */
interface Words {
  id: string;
  stat: string;
  err: string;
  done: string;
}

const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const LOWER_CASE = 0x20;
const MAX_KEY_LETTERS = 5;

/**
 * The letters before `end`, at most the last five, as a number of five bits a letter: upper and lower case are the same,
 * and no string is cut out and hashed for each of the eight keys of a receipt.
 */
function keyBefore(text: string, end: number): number {
  let key = 0;
  for (let letters = 0; letters < MAX_KEY_LETTERS; letters++) {
    const code = text.charCodeAt(end - 1 - letters) | LOWER_CASE;
    if (code < 0x61 || code > 0x7a) break;
    key |= (code & 0x1f) << (letters * 5);
  }
  return key;
}

const keyOf = (word: string): number => keyBefore(word, word.length);

const fieldByKey = new Map<number, keyof Words | 'date' | 'text'>([
  [keyOf('id'), 'id'],
  [keyOf('msgid'), 'id'],
  [keyOf('messageid'), 'id'],
  [keyOf('date'), 'date'],
  [keyOf('donedate'), 'done'],
  [keyOf('stat'), 'stat'],
  [keyOf('state'), 'stat'],
  [keyOf('status'), 'stat'],
  [keyOf('err'), 'err'],
  [keyOf('error'), 'err'],
  [keyOf('errorcode'), 'err'],
  [keyOf('code'), 'err'],
  [keyOf('text'), 'text'],
]);

const doneKey = keyOf('done');

/** The field whose key ends at `colon`; null where it is passed over. */
function fieldBefore(text: string, colon: number): keyof Words | 'text' | null {
  const field = fieldByKey.get(keyBefore(text, colon));
  if (field === undefined) return null;
  if (field !== 'date') return field;
  return keyBefore(text, colon - 'date '.length) === doneKey ? 'done' : null;
}

/** Octets that no word has: what SMSCs put between their fields, and quotation marks. */
const endsWord = new Uint8Array(256).fill(1, 0, SPACE + 1);
for (const mark of ',;|"\'') endsWord[mark.charCodeAt(0)] = 1;

function endOfWord(text: string, at: number): number {
  let end = at;
  while (end < text.length && endsWord[text.charCodeAt(end)] === 0) end++;
  return end;
}

function isOpening(code: number): boolean {
  return code === SPACE || code === DOUBLE_QUOTE || code === SINGLE_QUOTE;
}

/** Whether the word behind an empty field ('err: text:…', 'stat: done date:…') is the key of the next one. */
const isKey = (word: string): boolean => word.includes(':') || /^(?:submit|done)$/i.test(word);

const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const ZERO = 0x30;
const SMPP_TIME_LENGTH = 16;

function isNumeric(word: string): boolean {
  for (let at = 0; at < word.length; at++)
    if (word.charCodeAt(at) < ZERO || word.charCodeAt(at) > ZERO + 9) return false;
  return true;
}

const pairAt = (word: string, at: number): number => word.charCodeAt(at) * 10 + word.charCodeAt(at + 1) - ZERO * 11;

/** Twelve digits that begin with 20 have four digits of year and no seconds: 2020 is past. */
const hasLongYear = (word: string): boolean => word.length === 14 || (word.length === 12 && word.startsWith('20'));

/** A relative time says nothing here: nobody knows from when it counts. */
function parseAbsolute(word: string): number | null {
  const time = parseSmppTime(word, 0);
  return time?.kind === 'absolute' ? time.atMs : null;
}

/**
 * Unix ms of YYMMDDhhmm, with two or four digits of year, with or without seconds; null where it is not such a date. SMSCs
 * write UTC or their local time and do not say which: UTC is assumed, so it is to be trusted no closer than a day. Some write
 * an absolute time of SMPP instead.
 */
function parseDate(word: string): number | null {
  if (word.length === SMPP_TIME_LENGTH) return parseAbsolute(word);
  if (word.length < 10 || word.length > 14 || word.length % 2 === 1 || !isNumeric(word)) return null;
  const at = hasLongYear(word) ? 4 : 2;
  const century = at === 4 ? pairAt(word, 0) * 100 : 2000;
  const month = pairAt(word, at);
  const day = pairAt(word, at + 2);
  const hour = pairAt(word, at + 4);
  const minute = pairAt(word, at + 6);
  const second = word.length > at + 8 ? pairAt(word, at + 8) : 0;
  if (day < 1 || day > (daysOfMonth[month - 1] ?? 0) || hour > 23 || minute > 59 || second > 59) return null;
  return Date.UTC(century + pairAt(word, at - 2), month - 1, day, hour, minute, second);
}

/** The first word of each field. */
function readWords(text: string): Words {
  const words: Words = { id: '', stat: '', err: '', done: '' };
  let from = 0;
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', from)) {
    const field = fieldBefore(text, colon);
    // The text is the last field: it may hold anything, even 'stat:'.
    if (field === 'text') return words;
    let start = colon + 1;
    while (isOpening(text.charCodeAt(start))) start++;
    from = endOfWord(text, start);
    const word = text.slice(start, from);
    if (start > colon + 1 && isKey(word)) from = colon + 1;
    else if (field !== null && words[field] === '') words[field] = word;
  }
  return words;
}

/** The octets as text: a receipt in UCS-2 has a zero before each of its ASCII characters. */
function textOf(octets: Buffer): string {
  const isWide = octets.length > 3 && octets[0] === 0 && octets[2] === 0;
  if (!isWide) return octets.latin1Slice(0, Math.min(octets.length, MAX_READ_OCTETS));
  const narrow = octets.subarray(0, MAX_READ_OCTETS * 2).filter((_, index) => index % 2 === 1);
  return Buffer.from(narrow).toString('latin1');
}

/** The state that stands among the fields without a key: 'done date:2601020305 DELIVRD err:000'. */
function bareState(text: string): ReceiptState | null {
  const end = text.search(/text:/i);
  for (const word of (end < 0 ? text : text.slice(0, end)).split(/[\s,;|]+/)) {
    const state = stateByWord.get(word);
    if (state !== undefined) return state;
  }
  return null;
}

/**
 * Reads the text of a delivery receipt: fields in any order before 'text:', upper or lower case, some missing, separated by
 * spaces, line breaks, commas, semicolons or bars, quoted or not. Null where it has no message id or no state that is known:
 * it tells of nothing then. The id is as the SMSC wrote it. One pass over at most 512 characters.
 */
export function parseReceipt(octets: Buffer): Receipt | null {
  const text = textOf(octets);
  const { id, stat, err, done } = readWords(text);
  if (id === '' || id.length > MAX_ID_LENGTH) return null;
  const state = stat === '' ? bareState(text) : stateOf(stat);
  if (state === null) return null;
  const error = err === '' || err.length > MAX_ERROR_LENGTH ? null : err;
  return { messageId: id, state, error, doneAtMs: parseDate(done) };
}
