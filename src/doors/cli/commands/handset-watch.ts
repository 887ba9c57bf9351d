import { createInterface, type Interface } from 'node:readline';
import type { Call, Output } from '../command.ts';
import type { Options } from '../options.ts';
import { line, safe, safeLines, styled, timeText } from '../print.ts';
import { Trouble } from '../trouble.ts';

interface Arrived {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly at: string;
}

type Watcher = Pick<Call<Options>, 'control' | 'stdin' | 'stdout' | 'stderr' | 'values'>;

function show(out: Output, { from, to, text, at }: Arrived): void {
  const head = `${styled(out, 'dim', timeText(at))}  ${styled(out, 'bold', safe(from))} to ${safe(to)}`;
  line(out, head);
  for (const row of safeLines(text)) line(out, `  ${row}`);
}

/** Takes lines from the terminal as answers to the last message that arrived. */
class Answers {
  readonly #watcher: Watcher;
  readonly #lines: Interface;
  #isOpen = true;
  #last: Arrived | null = null;
  /** Answers leave in the order they were typed. */
  #sending: Promise<void> = Promise.resolve();

  constructor(watcher: Watcher, ended: () => void) {
    this.#watcher = watcher;
    this.#lines = createInterface({ input: watcher.stdin, output: watcher.stdout, terminal: true, prompt: '> ' });
    this.#lines.on('line', (typed) => {
      this.#sending = this.#sending.then(() => this.#send(typed));
    });
    this.#lines.on('close', () => {
      this.#isOpen = false;
      watcher.stdout.write('\n');
      ended();
    });
  }

  arrived(message: Arrived): void {
    this.#last = message;
    this.above(() => show(this.#watcher.stdout, message));
  }

  /** Prints above the line that is being typed. */
  above(print: () => void): void {
    this.#watcher.stdout.write('\r\x1b[K');
    print();
    this.#prompt();
  }

  #prompt(): void {
    if (this.#isOpen) this.#lines.prompt(true);
  }

  async end(): Promise<void> {
    this.#lines.close();
    await this.#sending;
  }

  async #send(typed: string): Promise<void> {
    if (typed.trim() === '') return this.#prompt();
    const words =
      this.#last === null ? 'Nothing has arrived yet that could be answered.' : await this.#sent(typed, this.#last);
    this.above(() => line(this.#watcher.stdout, styled(this.#watcher.stdout, 'dim', words)));
  }

  async #sent(text: string, { from, to }: Arrived): Promise<string> {
    try {
      await this.#watcher.control.post('/v1/handset/messages', { from: to, to: from, text });
      return `Sent to ${safe(from)}.`;
    } catch (error) {
      if (error instanceof Trouble) return `Not sent: ${error.message} (${error.code})`;
      throw error;
    }
  }
}

function greet({ stderr, values }: Watcher, canAnswer: boolean): void {
  if (values.json) return;
  const how = canAnswer ? 'Type a line to answer the last message.' : 'Answer with: npx sallyport handset answer.';
  line(stderr, `Waiting for messages to the sandbox. ${how} Ctrl-C ends.`);
}

/** Shows what arrives until there were `count`, the gateway stops, or nobody reads or types any more. */
export async function watch(watcher: Watcher, count: number, isSilent: boolean): Promise<void> {
  const { control, stdin, stdout, values } = watcher;
  const stop = new AbortController();
  const leave = () => stop.abort();
  stdout.once('error', leave);
  const canAnswer = !isSilent && !values.json && stdin.isTTY === true && stdout.isTTY === true;
  const answers = canAnswer ? new Answers(watcher, leave) : null;
  try {
    let open = count;
    for await (const message of control.lines<Arrived>('/v1/handset/stream', stop.signal, () =>
      greet(watcher, canAnswer),
    )) {
      if (values.json) stdout.write(`${JSON.stringify(message)}\n`);
      else if (answers === null) show(stdout, message);
      else answers.arrived(message);
      if (--open === 0) break;
    }
  } finally {
    stdout.off('error', leave);
    await answers?.end();
  }
}
