import type { Actor } from '../../audit/index.ts';
import { jsonLog } from '../../base/log.ts';
import type { OwnerOptions } from '../../store/index.ts';
import type { Call } from './command.ts';
import { type Options, text } from './options.ts';
import { usage } from './parse.ts';

/** Who is at work, for the record of what a command does by itself. */
export const byWhom = {
  as: text('NAME', 'Who does it, for the record.'),
};

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Who did it and why, as entries have it. `name` is the command, for its words about a wrong name. */
export function actorOf({ values: { as = 'local', why } }: Call<typeof byWhom>, name: string): Actor {
  if (!NAME.test(as)) throw usage({ name }, '--as takes a name in lower case, of at most 63 characters.');
  return { who: `operator:${as}`, from: 'command line', ...(why !== undefined && { why }) };
}

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
