import type { Target } from './target.ts';
import { decoding } from './targets/decode.ts';
import { frames } from './targets/frames.ts';
import { link } from './targets/link.ts';
import { auditLog } from './targets/log.ts';
import { reassembly } from './targets/reassembly.ts';
import { receipt } from './targets/receipt.ts';
import { session } from './targets/session.ts';
import { header, text } from './targets/text.ts';
import { viewing } from './targets/view.ts';

/** Everything that takes octets from strangers. */
export const targets: readonly Target[] = [
  frames,
  decoding,
  viewing,
  receipt,
  header,
  text,
  reassembly,
  session,
  link,
  auditLog,
];
