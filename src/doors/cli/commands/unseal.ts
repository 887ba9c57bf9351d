import { SECOND_MS } from '../../../base/clock.ts';
import { type Call, command, exitCodes } from '../command.ts';
import type { Control } from '../control.ts';
import { text } from '../options.ts';
import { json, line } from '../print.ts';
import { readPassword } from '../read-input.ts';
import { Trouble, trouble } from '../trouble.ts';

interface SealState {
  readonly sealed: boolean;
  readonly reason: string | null;
  readonly detail: string | null;
}

const options = {
  'passphrase-file': text('FILE', 'A file with the passphrase, instead of the terminal or a pipe.'),
};

const LOOK_AGAIN_MS = SECOND_MS / 2;
/** A start takes seconds; a recovery of many messages some more. */
const LOOKS = 120;
/** What is seen while one pair of doors closes and the other opens. */
const passing = new Set(['gateway_not_running', 'connection_lost', 'sealed', 'stopping']);

const isPassing = (error: unknown): boolean => error instanceof Trouble && passing.has(error.code);

/** Waits until the gateway has its ordinary doors open. */
async function whenOpen({ control, clock }: Call<typeof options>): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const state = await stateOrNull(control);
    if (state?.sealed === false) return;
    await clock.sleep(LOOK_AGAIN_MS);
  }
  throw trouble('no_answer', 'The gateway was unsealed, and is not up after a minute.');
}

async function stateOrNull(control: Control): Promise<SealState | null> {
  try {
    return await control.get<SealState>('/v1/seal');
  } catch (error) {
    if (isPassing(error)) return null;
    throw error;
  }
}

async function passphraseFor({ reason }: SealState, call: Call<typeof options>): Promise<string | null> {
  if (reason === null || !reason.startsWith('passphrase')) return null;
  return await readPassword(call.values['passphrase-file'], call.stdin, call.stdout, 'Passphrase of the root key: ');
}

export const unseal = command({
  name: 'unseal',
  summary: 'Open a gateway that has started sealed.',
  about: [
    'A gateway is sealed where it cannot use its root key: for want of a passphrase, of a token or of a key service. It asks\nfor the passphrase without showing it, or reads it from a pipe. Where something else is missing it tries again.',
    'After a wrong passphrase the next one has to wait, from a second to a minute.',
  ],
  options,
  example: 'unseal',
  async run(call) {
    const state = await call.control.get<SealState>('/v1/seal');
    if (!state.sealed) throw new Trouble('not_sealed', 'The gateway is not sealed.');
    const passphrase = await passphraseFor(state, call);
    await call.control.post('/v1/unseal', { passphrase });
    await whenOpen(call);
    if (call.values.json) json(call.stdout, { sealed: false });
    else line(call.stdout, 'The gateway is unsealed and takes messages.');
    return exitCodes.done;
  },
});
