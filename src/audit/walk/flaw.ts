/** What can be wrong with a log. The names are stable. */
export type FlawCode =
  | 'checkpoint_missing'
  | 'checkpoint_malformed'
  | 'checkpoint_not_signed'
  | 'checkpoint_row_wrong'
  | 'log_short'
  | 'history_differs'
  | 'tile_missing'
  | 'tile_length_wrong'
  | 'tile_wrong'
  | 'tile_too_many'
  | 'entry_wrong'
  | 'entry_missing'
  | 'entry_too_many'
  | 'entries_unreadable';

/** The first place at which a log is not what was signed. */
export interface Flaw {
  readonly code: FlawCode;
  /** `row 12 of audit_group`, `tile/0/003.p/232`. */
  readonly where: string;
  /** Octets from the beginning of what `where` names; null where it is no octet in it. */
  readonly offset: number | null;
  /** The entry it is about; null where it is about none by itself. */
  readonly index: number | null;
  /** One sentence. It quotes hashes, and nothing of an entry. */
  readonly words: string;
}

type Place = Partial<Pick<Flaw, 'offset' | 'index'>>;

export const flaw = (
  code: FlawCode,
  where: string,
  words: string,
  { offset = null, index = null }: Place = {},
): Flaw => ({
  code,
  where,
  offset,
  index,
  words,
});

export const isFlaw = (found: object | null): found is Flaw => found !== null && 'words' in found;

/** The first octet in which two differ; the end of the shorter where they begin alike; null where they are the same. */
export function firstDifference(is: Buffer, shouldBe: Buffer): number | null {
  const end = Math.min(is.length, shouldBe.length);
  if (is.subarray(0, end).equals(shouldBe.subarray(0, end))) return is.length === shouldBe.length ? null : end;
  let at = 0;
  while (is[at] === shouldBe[at]) at++;
  return at;
}

export const hex = (octet: number | undefined): string =>
  octet === undefined ? 'nothing' : `0x${octet.toString(16).padStart(2, '0')}`;
