import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { runCommand } from '../../src/doors/cli/index.ts';

class Screen extends PassThrough {
  isTTY = false;
  text = '';

  constructor() {
    super({ encoding: 'utf8' });
    this.on('data', (chunk: string) => {
      this.text += chunk;
    });
  }

  /** Resolves when `words` have been shown. */
  async shows(words: string): Promise<void> {
    while (!this.text.includes(words)) await new Promise((resolve) => this.once('data', resolve));
  }
}

interface Given {
  readonly socketPath?: string;
  /** What is piped in; nothing where it is left out. */
  readonly input?: string;
  readonly env?: Record<string, string>;
  readonly clock?: Clock;
}

/** A command at work, as the one who typed it sees it. */
export function begin(argv: readonly string[], { socketPath, input, env = {}, clock = systemClock }: Given = {}) {
  const [stdout, stderr, stdin] = [new Screen(), new Screen(), new Screen()];
  stdin.removeAllListeners('data').pause();
  if (input !== undefined) stdin.end(input);
  const where = socketPath === undefined ? {} : { SALLYPORT_DATA_FOLDER: dirname(socketPath) };
  const start = () => runCommand(argv, { stdout, stderr, stdin, env: { ...where, ...env } }, clock);
  return { stdout, stderr, stdin, start };
}

/** A command from its line to its end. */
export async function command(argv: readonly string[], given: Given = {}) {
  const { stdout, stderr, start } = begin(argv, given);
  const code = await start();
  return { code, out: stdout.text, err: stderr.text };
}
