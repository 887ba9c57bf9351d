import { must } from '../../base/must.ts';
import type { TreeHead } from './proofs.ts';
import { decodeHash, isNoteText, parseDecimal } from './strict-text.ts';

/** Octets of the origin: what an ML-DSA-44 cosignature has room for (C2SP tlog-cosignature). */
const MAX_ORIGIN_BYTES = 255;

/** What a log says of itself: the text of a note (C2SP tlog-checkpoint). */
export interface Checkpoint extends TreeHead {
  /** Which log it is: a URL without its scheme, such as `sms.example.com/audit`. */
  readonly origin: string;
  /** Lines that nobody but the log gives a meaning to, each not empty. */
  readonly extensions: readonly string[];
}

const isLine = (line: string): boolean => line !== '' && !line.includes('\n') && isNoteText(line);
const isOrigin = (text: string): boolean => isLine(text) && Buffer.byteLength(text) <= MAX_ORIGIN_BYTES;

/** Origin, size and root in lines of their own, then the extensions. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  must(isOrigin(origin) && extensions.every(isLine), 'the lines of a checkpoint are not empty and have no controls');
  return [origin, String(size), root.toString('base64'), ...extensions, ''].join('\n');
}

/** The checkpoint in the text of a note; null when it has none. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const lines = text.split('\n');
  if (lines.pop() !== '' || !lines.every(isLine)) return null;
  const [origin = '', sizeText = '', rootText = '', ...extensions] = lines;
  const size = parseDecimal(sizeText);
  const root = decodeHash(rootText);
  return isOrigin(origin) && size !== null && root !== null ? { origin, size, root, extensions } : null;
}
