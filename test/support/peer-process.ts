import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import type { Readable } from 'node:stream';

/** How long a peer may take to say what it is waited for: a peer that hangs fails its test instead of stopping all. */
const DEADLINE_MS = 20_000;
const SHOWN_CHARACTERS = 3000;

/** A line of JSON that a peer wrote: what happened, and the particulars. */
export interface PeerEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** A program nobody here wrote, or a script around a library nobody here wrote, in a process of its own. */
export class PeerProcess implements AsyncDisposable {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #news = new EventEmitter();
  #output = '';
  #trouble = '';

  constructor(program: string, args: readonly string[]) {
    this.#name = [program, ...args].join(' ');
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const closed = once(this.#process, 'close').catch((error: unknown) => this.#read(String(error))); // no such program
    this.#exited = closed.then(() => this.#news.emit('news'));
    this.#process.stdin!.on('error', (error) => this.#read(String(error))); // it has ended: who waits for it is told so
    this.#follow(this.#process.stdout!, (text) => (this.#output += text));
    this.#follow(this.#process.stderr!, (text) => (this.#trouble += text));
  }

  /** Everything it wrote. */
  get said(): string {
    return `${this.#output}\n${this.#trouble}`;
  }

  /** Writes a line of JSON to it. */
  tell(what: object): void {
    this.#process.stdin!.write(`${JSON.stringify(what)}\n`);
  }

  /** Waits until something it wrote matches. */
  says(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#until(`to say ${pattern}`, () => pattern.exec(this.said));
  }

  /** Waits for so many events of a name, and gives all of that name. */
  events(name: string, count = 1): Promise<PeerEvent[]> {
    return this.#until(`for ${count} ${name}`, () => {
      const heard = this.eventsSoFar(name);
      return heard.length >= count ? heard : null;
    });
  }

  async event(name: string): Promise<PeerEvent> {
    return (await this.events(name))[0]!;
  }

  eventsSoFar(name: string): PeerEvent[] {
    const lines = this.#output.split('\n').slice(0, -1);
    const events = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as PeerEvent);
    return events.filter(({ event }) => event === name);
  }

  /** Waits until it ends by itself: its exit code. */
  async exitCode(): Promise<number | null> {
    await this.#until('to end', () => (this.#hasEnded ? true : null));
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) this.#process.kill('SIGTERM');
    await this.#exited;
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  #follow(stream: Readable, keep: (text: string) => void): void {
    stream.setEncoding('utf8').on('data', (text: string) => {
      keep(text);
      this.#news.emit('news');
    });
  }

  #read(trouble: string): void {
    this.#trouble += trouble;
    this.#news.emit('news');
  }

  async #until<T>(what: string, find: () => T | null): Promise<T> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const found = find();
      if (found !== null) return found;
      if (this.#hasEnded) await this.#exited; // the last it wrote may still be on its way
      const last = find();
      if (last !== null) return last;
      if (this.#hasEnded) throw this.#failure(`ended with ${this.#process.exitCode}, waited ${what}`);
      await once(this.#news, 'news', { signal }).catch(() => {
        throw this.#failure(`waited in vain ${what}`);
      });
    }
  }

  #failure(words: string): Error {
    return new Error(`${this.#name}: ${words}\n${this.said.slice(-SHOWN_CHARACTERS)}`);
  }
}
