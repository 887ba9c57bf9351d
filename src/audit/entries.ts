/** Where an entry stands in the octets of a group. */
export interface EntryAt {
  readonly from: number;
  readonly to: number;
}

/** The entries of a group, each behind its length (2 octets). What is left at the end and is no entry is left out. */
export function* eachEntry(entries: Buffer): Generator<EntryAt> {
  for (let at = 0; at + 2 <= entries.length; ) {
    const from = at + 2;
    const to = from + entries.readUInt16BE(at);
    if (to > entries.length) return;
    yield { from, to };
    at = to;
  }
}

/** The octets of each entry of a group: views into it. */
export const entriesOf = (entries: Buffer): Buffer[] =>
  Array.from(eachEntry(entries), ({ from, to }) => entries.subarray(from, to));
