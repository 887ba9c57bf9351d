import { jsonLog } from '../../base/log.ts';
import type { OwnerOptions } from '../../store/index.ts';
import type { Call } from './command.ts';
import type { Options } from './options.ts';

/** How a command reaches the database itself, without the gateway. */
export function ownerOptions(call: Call<Options>): OwnerOptions {
  const { databaseUrl, databaseCaFile: caFile, dataFolder, walAheadMib } = call.settings();
  const { stderr, clock, values } = call;
  const log = jsonLog(
    (line) => stderr.write(line),
    () => clock.now(),
    'error',
  );
  return {
    dataFolder: values.data ?? dataFolder,
    databaseUrl,
    caFile,
    walAheadMib,
    log,
    clock,
    progress: () => undefined,
  };
}
