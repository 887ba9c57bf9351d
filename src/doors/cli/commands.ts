import type { Command } from './command.ts';
import { accountCommands } from './commands/account.ts';
import { auditCommands } from './commands/audit.ts';
import { auditSinks } from './commands/audit-sinks.ts';
import { backupCommands } from './commands/backup.ts';
import { bench } from './commands/bench.ts';
import { bindTest } from './commands/bind-test.ts';
import { carrierCommands } from './commands/carrier.ts';
import { eraseCommands } from './commands/erase.ts';
import { handsetCommands } from './commands/handset.ts';
import { holdCommands } from './commands/hold.ts';
import { keyCommands } from './commands/key.ts';
import { messageCommands } from './commands/message.ts';
import { preview } from './commands/preview.ts';
import { receiptsUnmatched } from './commands/receipts.ts';
import { registerCommands } from './commands/register.ts';
import { restoreCommands } from './commands/restore.ts';
import { retentionCommands } from './commands/retention.ts';
import { rootKeyCommands } from './commands/root-key.ts';
import { routeCommands } from './commands/route.ts';
import { send } from './commands/send.ts';
import { simulateEsme } from './commands/simulate-esme.ts';
import { simulateSmsc } from './commands/simulate-smsc.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { unseal } from './commands/unseal.ts';
import { vaultCommands } from './commands/vault.ts';
import { witnessCommands } from './commands/witness.ts';

/** The table of commands, in the order of the help. */
export const commands: readonly Command[] = [
  start,
  status,
  unseal,
  send,
  preview,
  ...messageCommands,
  ...handsetCommands,
  ...accountCommands,
  ...keyCommands,
  ...rootKeyCommands,
  ...carrierCommands,
  bindTest,
  ...routeCommands,
  ...registerCommands,
  receiptsUnmatched,
  auditSinks,
  ...witnessCommands,
  ...auditCommands,
  ...backupCommands,
  ...restoreCommands,
  ...vaultCommands,
  ...retentionCommands,
  ...holdCommands,
  ...eraseCommands,
  simulateSmsc,
  simulateEsme,
  bench,
];
