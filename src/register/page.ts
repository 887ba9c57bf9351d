/** What the vault does for the register: the keyed hash of what the gateway says itself, 32 octets. */
export interface OwnMarks {
  ownMark(said: string | Buffer): Buffer;
}

/** A page of the register as it is stored. */
export interface StoredPage {
  readonly revision: number;
  readonly members: Buffer;
  readonly mark: Buffer;
}

const KEY_BYTES = 4;
const MARK_BYTES = 16;
const MEMBER_BYTES = KEY_BYTES + MARK_BYTES;

/** The rows that a table has by rights: the mark of each, by its key. */
export class Page {
  readonly revision: number;
  readonly marks: ReadonlyMap<number, Buffer>;

  constructor(revision: number, marks: ReadonlyMap<number, Buffer>) {
    this.revision = revision;
    this.marks = marks;
  }

  /** Null for a page that was not written by a gateway that has the keys. */
  static open(own: OwnMarks, name: string, { revision, members, mark }: StoredPage): Page | null {
    if (!pageMark(own, name, revision, members).equals(mark)) return null;
    const marks = new Map<number, Buffer>();
    for (let at = 0; at < members.length; at += MEMBER_BYTES)
      marks.set(members.readInt32BE(at), members.subarray(at + KEY_BYTES, at + MEMBER_BYTES));
    return new Page(revision, marks);
  }

  /** The next revision, in which a row has another mark, or is gone (null). */
  next(key: number, mark: Buffer | null): Page {
    const marks = new Map(this.marks);
    if (mark === null) marks.delete(key);
    else marks.set(key, mark);
    return new Page(this.revision + 1, marks);
  }

  stored(own: OwnMarks, name: string): StoredPage {
    const members = Buffer.alloc(this.marks.size * MEMBER_BYTES);
    let at = 0;
    for (const [key, mark] of [...this.marks].toSorted(([a], [b]) => a - b)) {
      mark.copy(members, members.writeInt32BE(key, at), 0, MARK_BYTES);
      at += MEMBER_BYTES;
    }
    return { revision: this.revision, members, mark: pageMark(own, name, this.revision, members) };
  }
}

/** The mark of a row: of its table, its key, and everything that it says. */
export const rowMark = (own: OwnMarks, name: string, key: number, said: readonly unknown[]): Buffer =>
  own.ownMark(`row ${name} ${key} ${canonical(said)}`).subarray(0, MARK_BYTES);

const pageMark = (own: OwnMarks, name: string, revision: number, members: Buffer): Buffer =>
  own.ownMark(Buffer.concat([Buffer.from(`page ${name} ${revision} `), members]));

/** JSON whose members stand in one order: PostgreSQL gives them back in another than they came in. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const ordered = members.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${ordered.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
