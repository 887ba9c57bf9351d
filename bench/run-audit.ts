import { parseArgs } from 'node:util';
import { MESSAGE_ENTRY_BYTES, writeMessageEntry } from '../src/audit/index.ts';
import { inTransaction } from '../src/store/index.ts';
import { openAudit } from '../test/support/audit-stage.ts';
import { openTestDatabase, temporaryFolder } from '../test/support/database.ts';

export const AUDIT_USAGE = `npm run bench -- audit [flags]

  --entries 1000000  entries of the log that is verified, in rows of 500`;

const ROW_ENTRIES = 500;
const MS_PER_SECOND = 1000;
const MIB = 2 ** 20;

function entryOf(at: number): Buffer {
  const bytes = Buffer.alloc(MESSAGE_ENTRY_BYTES);
  const messageId = Buffer.alloc(16);
  messageId.writeUInt32BE(at, 12);
  const about = { state: 10, segment: 0, accountId: 1, credentialId: 1, carrierId: 1, nodeId: 1, code: 0 };
  writeMessageEntry(bytes, 0, { ...about, atMs: 1_900_000_000_000 + at, messageId });
  return bytes;
}

/** How long a log of so many entries takes to be verified: rows, tiles, checkpoints. */
export async function runAudit(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({ args: [...args], options: { entries: { type: 'string', default: '1000000' } } });
  const size = Number(values.entries);
  await using server = await openTestDatabase();
  await using folder = await temporaryFolder();
  await using stage = await openAudit({ database: server.database, folder: folder.path });
  for (let at = 0; at < size; at += ROW_ENTRIES) {
    const entries = Array.from({ length: Math.min(ROW_ENTRIES, size - at) }, (_, more) => entryOf(at + more));
    await inTransaction(server.database.engine, (client) => stage.audit.record(client, ...entries));
  }
  await stage.log.round();
  const [before, cpu] = [performance.now(), process.cpuUsage()];
  const { head, checkpoints, flaw } = await stage.log.verify({});
  const seconds = (performance.now() - before) / MS_PER_SECOND;
  const { user, system } = process.cpuUsage(cpu);
  console.table({
    entries: head?.size,
    checkpoints,
    seconds: seconds.toFixed(2),
    'CPU seconds': ((user + system) / 1_000_000).toFixed(2),
    'resident MiB': Math.round(process.memoryUsage.rss() / MIB),
    flaw: flaw?.words ?? 'none',
  });
  return flaw === null && head?.size === size;
}
