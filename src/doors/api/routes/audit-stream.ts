import { once } from 'node:events';
import { SECOND_MS } from '../../../base/clock.ts';
import { errorText } from '../../../base/log.ts';
import type { FollowedLog, PlacedEntry } from '../audit-reading.ts';
import type { Call } from '../call.ts';

export const LINES = 'application/x-ndjson';

/** Answers with a line for each entry as the log grows, until the reader leaves or the door closes. A slow one is waited for. */
export async function streamEntries(
  { reply, context }: Pick<Call, 'reply' | 'context'>,
  log: FollowedLog,
  open: Set<() => void>,
): Promise<void> {
  const { raw } = reply.hijack();
  const gone = new AbortController();
  raw.writeHead(200, { 'content-type': LINES, 'cache-control': 'no-store', connection: 'close' });
  raw.flushHeaders();
  const end = () => raw.end();
  open.add(end);
  raw.on('close', () => {
    open.delete(end);
    gone.abort();
  });
  try {
    while (raw.writable) {
      const entries = await log.more();
      if (entries.length === 0) await context.clock.sleep(SECOND_MS, gone.signal);
      else if (!raw.write(entries.map(lineOf).join('')) && raw.writable) await once(raw, 'drain', gone);
    }
  } catch (error) {
    if (gone.signal.aborted) return;
    context.log.warn('audit_not_followed', { cause: errorText(error) });
    raw.destroy();
  }
}

const lineOf = (entry: PlacedEntry): string => `${JSON.stringify(entry)}\n`;
