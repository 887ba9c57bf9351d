import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Administration } from './administration.ts';
import { freePort } from './connect.ts';
import { end } from './processes.ts';

/** The real gateway, as `npm start` starts it, on a data folder of its own. */
const PROGRAM = join(import.meta.dirname, '..', 'src', 'main.ts');
const READY_MS = 60_000;
const POLL_MS = 50;
const STOP_MS = 30_000;
const LOG_SHOWN = 3000;

export interface Identity {
  readonly key: string;
  readonly cert: string;
}

export interface Ports {
  readonly api: number;
  readonly smppTls: number;
  readonly smppPlain: number;
}

export interface StartOptions {
  readonly keeps: boolean;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A certificate for localhost that both sides trust as its own authority. */
function makeIdentity(folder: string): Identity {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', [...request, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  chmodSync(key, 0o600);
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

export class Gateway {
  readonly folder: string;
  readonly dataFolder: string;
  readonly identity: Identity;
  readonly ports: Ports;
  readonly administration: Administration;
  #process: ChildProcess;
  readonly #keeps: boolean;
  readonly #settings: Readonly<Record<string, string>>;
  readyMs = 0;

  /** Starts it and waits until it takes messages. `keeps` leaves its folder behind; `settings` are of its environment. */
  static async start({ keeps, settings = {} }: StartOptions): Promise<Gateway> {
    const ports = { api: await freePort(), smppTls: await freePort(), smppPlain: await freePort() };
    const gateway = new Gateway(ports, keeps, settings);
    try {
      await gateway.untilReady();
      return gateway;
    } catch (error) {
      await gateway[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(ports: Ports, keeps: boolean, settings: Readonly<Record<string, string>>) {
    this.#settings = settings;
    this.folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
    chmodSync(this.folder, 0o711); // the database's OS user has to pass through
    this.dataFolder = join(this.folder, 'data');
    this.identity = makeIdentity(this.folder);
    this.ports = ports;
    this.#keeps = keeps;
    this.administration = new Administration(join(this.dataFolder, 'control.sock'));
    this.#process = this.#spawn();
  }

  get pid(): number {
    return this.#process.pid!;
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** kill -9: nothing of it has a say. */
  kill(): Promise<void> {
    return end(this.#process, 'SIGKILL', 0);
  }

  /** Starts it again on the same data folder and ports, and waits until it takes messages. */
  async startAgain(): Promise<void> {
    this.#process = this.#spawn();
    await this.untilReady();
  }

  /** The first process of the database. */
  get databasePid(): number {
    return Number(readFileSync(join(this.dataFolder, 'postgres', 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  }

  /** setpriv (util-linux) ends it with its parent, however that ends. */
  #spawn(): ChildProcess {
    writeFileSync(join(this.folder, 'empty.yaml'), '');
    const output = openSync(join(this.folder, 'gateway.log'), 'a');
    const environment = {
      PATH: process.env.PATH,
      // Options for the gateway's Node alone: --cpu-prof, --trace-gc …
      NODE_OPTIONS: process.env.GATEWAY_NODE_OPTIONS ?? '',
      NODE_EXTRA_CA_CERTS: join(this.folder, 'cert.pem'), // the simulated SMSC's authority
      SALLYPORT_CONFIG: join(this.folder, 'empty.yaml'),
      SALLYPORT_DATA_FOLDER: this.dataFolder,
      SALLYPORT_API_PORT: String(this.ports.api),
      SALLYPORT_SMPP_TLS_PORT: String(this.ports.smppTls),
      SALLYPORT_SMPP_PLAIN_PORT: String(this.ports.smppPlain),
      SALLYPORT_TLS_CERT_FILE: join(this.folder, 'cert.pem'),
      SALLYPORT_TLS_KEY_FILE: join(this.folder, 'key.pem'),
      SALLYPORT_LOG_LEVEL: 'warn',
      ...this.#settings,
    };
    const command = ['--pdeathsig', 'TERM', PROGRAM, 'start'];
    return spawn('setpriv', command, {
      cwd: this.folder,
      env: environment,
      detached: true,
      stdio: ['ignore', output, output],
    });
  }

  async untilReady(): Promise<void> {
    const startMs = performance.now();
    while (!(await this.administration.isReady())) {
      if (this.hasEnded || performance.now() - startMs > READY_MS)
        throw new Error(`the gateway did not start:\n${this.log()}`);
      await sleep(POLL_MS);
    }
    this.readyMs = performance.now() - startMs;
  }

  /** The end of what it has said. */
  log(): string {
    return readFileSync(join(this.folder, 'gateway.log'), 'utf8').slice(-LOG_SHOWN);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#process, 'SIGTERM', STOP_MS);
    if (!this.#keeps) rmSync(this.folder, { recursive: true });
  }
}
