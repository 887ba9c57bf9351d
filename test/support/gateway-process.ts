import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const PROGRAM = join(import.meta.dirname, '../../src/main.ts');
/** A free port for each listener, and a plain one for SMPP clients without TLS. */
const SETTINGS = {
  SALLYPORT_API_PORT: '0',
  SALLYPORT_SMPP_TLS_PORT: '0',
  SALLYPORT_SMPP_PLAIN_PORT: '0',
  SALLYPORT_WAL_AHEAD_MIB: '0',
};

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: unknown;
}

export interface AskOptions {
  readonly key?: string | undefined;
  readonly headers?: Record<string, string>;
  /** What is sent as it is, instead of JSON. */
  readonly raw?: string;
}

/** The real gateway as `npm start` starts it, in a process of its own, on a data folder that may outlive it. */
export class GatewayProcess implements AsyncDisposable {
  readonly dataFolder: string;
  #process: ChildProcess;
  #output = '';
  #log = '';
  #isOwned: boolean;

  /** Starts one and waits until it says that it is ready, or sealed where that is expected. Give it a data folder to start again on what another left. */
  static async start(
    options: { dataFolder?: string; settings?: Record<string, string>; isSealed?: boolean } = {},
  ): Promise<GatewayProcess> {
    const folder = options.dataFolder ?? join(await mkdtemp(join(tmpdir(), 'sallyport-test-')), 'data');
    const gateway = new GatewayProcess(folder, options.dataFolder === undefined, options.settings ?? {});
    await (options.isSealed ? gateway.prints('Sallyport is sealed.') : gateway.ready());
    return gateway;
  }

  private constructor(dataFolder: string, isOwned: boolean, settings: Record<string, string>) {
    this.dataFolder = dataFolder;
    this.#isOwned = isOwned;
    const env = { ...process.env, ...SETTINGS, SALLYPORT_DATA_FOLDER: dataFolder, ...settings };
    this.#process = spawn(PROGRAM, ['start'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process.stdout!.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#process.stderr!.on('data', (chunk: Buffer) => (this.#log += chunk.toString()));
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** The first process of the embedded database. */
  get databasePid(): number {
    return Number(readFileSync(join(this.dataFolder, 'postgres', 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  }

  /** What it printed for its operator. */
  get output(): string {
    return this.#output;
  }

  /** Its log lines, as objects. */
  get log(): { event: string; [field: string]: unknown }[] {
    return this.#log
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { event: string });
  }

  /** The whole of stderr, as it was written. */
  get rawLog(): string {
    return this.#log;
  }

  /** The key that the first start shows. */
  get sandboxKey(): string {
    return /sallyport_\w+/.exec(this.#output)![0];
  }

  get apiPort(): number {
    return Number(/API +https:\/\/127\.0\.0\.1:(\d+)/.exec(this.#output)![1]);
  }

  get smppTlsPort(): number {
    return Number(/SMPP +127\.0\.0\.1:(\d+) over TLS/.exec(this.#output)![1]);
  }

  get smppPlainPort(): number {
    return Number(/127\.0\.0\.1:(\d+) without/.exec(this.#output)![1]);
  }

  get authority(): string {
    return readFileSync(join(this.dataFolder, 'tls', 'ca.crt'), 'utf8');
  }

  /** Asks the HTTPS API. */
  ask(method: string, path: string, body?: unknown, options: AskOptions = {}): Promise<HttpAnswer> {
    const { key = this.sandboxKey } = options;
    const headers = { ...(key ? { authorization: `Bearer ${key}` } : {}), ...options.headers };
    const to = { host: '127.0.0.1', port: this.apiPort, ca: this.authority, agent: false, method, path };
    return exchange((more) => https.request({ ...to, ...more }), headers, body, options.raw);
  }

  /** Asks as the operator, over the control socket. */
  control(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpAnswer> {
    const to = { socketPath: join(this.dataFolder, 'control.sock'), agent: false, method, path };
    return exchange((more) => http.request({ ...to, ...more }), headers, body);
  }

  /** Waits until a log line of this event is written. */
  async logs(event: string): Promise<void> {
    while (!this.log.some((line) => line.event === event)) await once(this.#process.stderr!, 'data');
  }

  /** Waits until it says that it is ready. */
  ready(): Promise<void> {
    return this.prints('Sallyport is ready');
  }

  /** Waits until it has printed these words for its operator, and the way out after them. */
  async prints(words: string): Promise<void> {
    const ended = once(this.#process, 'exit').then(() => {
      throw new Error(`the gateway ended before it was ready:\n${this.#output}\n${this.#log}`);
    });
    ended.catch(() => {});
    while (!this.#output.split(words)[1]?.includes('Stop with Ctrl-C.'))
      await Promise.race([once(this.#process.stdout!, 'data'), ended]);
  }

  /** Ctrl-C: resolves with the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGINT');
  }

  /** kill -9: nothing of it has a say. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGINT');
    if (this.#isOwned) await rm(join(this.dataFolder, '..'), { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill(signal);
      await exited;
    }
    return this.#process.exitCode;
  }
}

async function exchange(
  make: (more: { headers: Record<string, string> }) => http.ClientRequest,
  headers: Record<string, string>,
  body?: unknown,
  raw?: string,
): Promise<HttpAnswer> {
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const request = make({
    headers: payload === undefined ? headers : { 'content-type': 'application/json', ...headers },
  });
  request.end(payload);
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
  const said = await text(answer);
  const isJson = answer.headers['content-type']?.includes('json');
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: isJson ? JSON.parse(said) : said };
}
