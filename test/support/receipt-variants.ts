/**
 * How SMSCs in the field write the same receipt: each makes of the text of SMPP 3.4 appendix B, which says that the message
 * of this id is DELIVRD, what a vendor writes in its place.
 */
export const receiptForms: Readonly<Record<string, (text: string, id: string) => string>> = {
  'the usual form': (text) => text,
  'capital Text': (text) => text.replace('text', 'Text'),
  'upper case': (text, id) => text.toUpperCase().replace(id.toUpperCase(), id),
  'lower case': (text) => text.toLowerCase(),
  'a state in full': (text) => text.replace('DELIVRD', 'Delivered'),
  'another order': (_, id) => `stat:DELIVRD done date:2601020305 err:000 id:${id}`,
  'spaces behind colons': (text) => text.replaceAll(':', ': '),
  seconds: (text) => text.replace('0305', '030500'),
  'four digits of year': (text) => text.replace('2601020305', '202601020305'),
  'four digits of year and seconds': (text) => text.replace('2601020305', '20260102030500'),
  'an underscore in the date': (text) => text.replace('done date', 'done_date'),
  'nothing in the date': (text) => text.replace('done date', 'DoneDate'),
  'no text': (text) => text.slice(0, text.indexOf(' text')),
  'a NUL behind': (text) => `${text.slice(0, text.indexOf(' text'))}\0`,
  'line breaks between': (text) => text.replaceAll(' stat', '\r\nstat'),
  'a misleading text': (text) => `${text} id:99 stat:REJECTD err:111`,
  'an absolute time of SMPP': (text) => text.replace('2601020305', '260102030500000+'),
  'an absolute time ahead of UTC': (text) => text.replace('2601020305', '260102040500004+'),
  'commas between': (text) => text.replaceAll(/ (?!date)(?=\w+:|submit|done)/g, ','),
  'semicolons between': (text) => text.replaceAll(/ (?!date)(?=\w+:|submit|done)/g, '; '),
  'bars between': (text) => text.replaceAll(/ (?!date)(?=\w+:|submit|done)/g, '|'),
  'double quotes': (text, id) => text.replace(`:${id}`, `:"${id}"`).replace('DELIVRD', '"DELIVRD"'),
  'single quotes': (text, id) => text.replace(id, `'${id}'`),
  'a state without its key': (text) => text.replace('stat:', ''),
  'a number as state': (text) => text.replace('DELIVRD', '2'),
  'a number with zeros as state': (text) => text.replace('DELIVRD', '002'),
  'long keys': (text) => text.replace('id:', 'message id:').replace('stat:', 'status:').replace('err:', 'error code:'),
  'long keys in one word': (text) =>
    text.replace('id:', 'msgid:').replace('stat:', 'state:').replace('err:', 'errorcode:'),
  'without sub and dlvrd': (text) => text.replace('sub:001 dlvrd:001 ', ''),
  'UCS-2': (text) => Buffer.from(text, 'utf16le').swap16().toString('latin1'),
  'fields twice': (text) => text.replace(' text', ' id:99 stat:REJECTD text'),
};

/** What a receipt says, and what the submit_sm_resp had said. */
export const receiptIdPairs: readonly (readonly [receipt: string, answer: string])[] = [
  ['0489708364', '1d305b4c'],
  ['489708364', '1D305B4C'],
  ['1D305B4C', '489708364'],
  ['1d305b4c', '0489708364'],
  ['00BBA622', 'BBA622'],
  ['BBA622', '00BBA622'],
  ['12297762', '00bba622'],
  ['0000000042', '42'],
  [`${'0'.repeat(30)}42`, '42'],
  [`${'0'.repeat(30)}42`, '2a'],
  [`${'0'.repeat(50)}1EA`, '490'],
  ['479ab700', '479AB700'],
  ['12345678', '305419896'],
  ['18446744073709551615', 'ffffffffffffffff'],
  ['FFFFFFFFFFFFFFFF', '18446744073709551615'],
  ['01890A5D-AC96-774B-BCCE-B302099A8057', '01890a5d-ac96-774b-bcce-b302099a8057'],
];

/** Ids of answers that are written otherwise in the receipt. */
export const writtenOtherwise = [
  { answered: '1a2b3c4d', told: '439041101', how: 'decimal for hexadecimal' },
  { answered: '439041102', told: '1A2B3C4E', how: 'hexadecimal for decimal' },
  { answered: '1A2B3C5F', told: '1a2b3c5f', how: 'in another case' },
  { answered: '77001', told: '0000077001', how: 'with zeros in front' },
  { answered: '00abc1f2', told: 'abc1f2', how: 'without zeros in front' },
] as const;
