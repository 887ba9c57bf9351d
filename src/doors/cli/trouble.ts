import { exitCodes } from './command.ts';

/** What goes wrong on this side of the socket. The codes are as stable as those of the gateway (src/base/fault.ts). */
export const troubles = {
  usage: { exit: exitCodes.usage, next: null },
  gateway_not_running: {
    exit: exitCodes.failed,
    next: 'Start it with: npx sallyport start. If it runs with another data folder, name that with --data DIR.',
  },
  socket_denied: {
    exit: exitCodes.failed,
    next: 'Whoever can open the control socket is the operator, so it is open to the user who started the gateway only. Run this as that user.',
  },
  socket_unusable: { exit: exitCodes.failed, next: 'Check the data folder with --data DIR.' },
  connection_lost: {
    exit: exitCodes.failed,
    next: 'The gateway may have stopped. Whether it did what was asked is not known: look before doing it again.',
  },
  no_answer: {
    exit: exitCodes.failed,
    next: 'Look at the log of the gateway. Whether it did what was asked is not known: look before doing it again.',
  },
  answer_not_understood: {
    exit: exitCodes.failed,
    next: 'Something else than a gateway of this version answers on the control socket.',
  },
  account_needed: { exit: exitCodes.usage, next: null },
  carrier_needed: { exit: exitCodes.usage, next: null },
  file_unreadable: { exit: exitCodes.failed, next: null },
  not_in_log: { exit: exitCodes.failed, next: 'The log is signed once a second: try again, or check the id.' },
  certificate_invalid: { exit: exitCodes.failed, next: 'Do not believe what the file says.' },
  script_invalid: { exit: exitCodes.usage, next: 'What a script can say stands in docs/simulator.md.' },
  host_not_permitted: {
    exit: exitCodes.usage,
    next: 'With the permission of whoever runs it, add --i-may-test-this-host.',
  },
  text_missing: {
    exit: exitCodes.usage,
    next: "Give the text in quotes, or as - and pipe it in: printf 'Hello' | npx sallyport send … -",
  },
  bench_missing: {
    exit: exitCodes.failed,
    next: 'Benchmarks come with the source of the project: run npm run bench there.',
  },
} as const;

export type TroubleCode = keyof typeof troubles;

export interface Mistake {
  /** JSON pointer into what was asked for. */
  readonly pointer: string;
  readonly detail: string;
}

interface About {
  readonly next?: string | null;
  readonly exit?: number;
  readonly mistakes?: readonly Mistake[];
}

/** Why a command stops: plain words, a stable code, what to do next. It never quotes a text, a number or a secret. */
export class Trouble extends Error {
  override name = 'Trouble';
  readonly code: string;
  readonly next: string | null;
  readonly exit: number;
  readonly mistakes: readonly Mistake[];

  constructor(code: string, words: string, about: About = {}) {
    super(words);
    this.code = code;
    this.next = about.next ?? null;
    this.exit = about.exit ?? exitCodes.failed;
    this.mistakes = about.mistakes ?? [];
  }
}

/** Trouble of the table above; `next` where there is more to say than stands there. */
export const trouble = (code: TroubleCode, words: string, next: string | null = troubles[code].next): Trouble =>
  new Trouble(code, words, { exit: troubles[code].exit, next });

/** What to do about what the gateway refused. */
export const nextSteps: Readonly<Record<string, string>> = {
  sender_not_allowed:
    'An account sends from the senders of its keys. See them with: npx sallyport key list; add one with: npx sallyport key create.',
  class_not_allowed: 'See what the keys may send with: npx sallyport key list.',
  invalid_number: 'Write it in E.164: a plus sign, the country code and the number, like +12025550143.',
  no_route: 'See the carriers with: npx sallyport carrier list.',
  not_found: 'Check the name or the id: the lists show those there are.',
  message_not_found: 'Check the id and the account: npx sallyport messages.',
  throttled: 'Wait a moment and send it again.',
  store_unavailable: 'Look with: npx sallyport status.',
  store_full: 'Make room on the disk of the database.',
  sealed: 'Open it with: npx sallyport unseal',
  passphrase_wrong: 'Nothing has changed. The next try has to wait a moment.',
  passphrase_weak: 'Take a longer one: five or six words that a die has chosen.',
  passphrase_too_soon: 'Wait a moment and try again.',
  stopping: 'Wait until it is up again: npx sallyport status.',
  name_taken: 'Choose another name.',
  carrier_in_use: 'See how it is with: npx sallyport carrier list.',
  idempotency_mismatch: 'Take another --idempotency-key.',
  backup_not_set_up:
    'Make the key files with: npx sallyport backup keygen FOLDER, and name the recipient file in backup.recipientFile.',
  backup_pair_mismatch: 'Name the archive of keys of the same backup, or of a later one.',
  backup_expired: 'Take a younger archive; of the data with keys that are still there: --keys-of DIR.',
  root_key_missing: 'Put the root key in its place, or name it with --root-key FILE.',
  restore_target_in_use: 'Name another data folder with --data DIR.',
  database_unreachable: 'Start the gateway, or name its data folder with --data DIR.',
  internal: 'Look for the request in the log of the gateway.',
};

interface Problem {
  readonly code?: unknown;
  readonly title?: unknown;
  readonly detail?: unknown;
  readonly errors?: readonly Mistake[];
}

/** What an answer of the gateway refuses, as trouble. */
export function troubleOf(problem: Problem): Trouble {
  const { code, title, detail, errors = [] } = problem;
  if (typeof code !== 'string') return trouble('answer_not_understood', 'The gateway refused, and did not say why.');
  const said = typeof title === 'string' ? title : 'The gateway refused.';
  const isOfOneField = errors.length === 1 && errors[0]?.detail === detail;
  const words = typeof detail === 'string' && !isOfOneField ? detail : said;
  return new Trouble(code, words, { next: nextSteps[code] ?? null, mistakes: errors });
}
