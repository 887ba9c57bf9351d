import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Issued } from './certificates.ts';
import { freePort } from './free-port.ts';
import { whenWritten } from './written.ts';

const POLL_MS = 20;

export interface RsyslogOptions {
  readonly identity: Issued;
  /** Clients must have a certificate of this authority; without it none is asked for. */
  readonly clientCaFile?: string;
}

/** The rsyslog of Debian as receiver of syslog over TLS (GnuTLS), which writes down what it got. */
export class Rsyslog implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess | null = null;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  static async start(options: RsyslogOptions): Promise<Rsyslog> {
    const rsyslog = new Rsyslog(await mkdtemp(join(tmpdir(), 'sallyport-rsyslog-')), await freePort());
    writeFileSync(join(rsyslog.#folder, 'rsyslog.conf'), rsyslog.#config(options));
    await rsyslog.up();
    return rsyslog;
  }

  /** A queue of type Direct: what it has read is written down before it reads on. */
  #config({ identity, clientCaFile }: RsyslogOptions): string {
    return `
      global(workDirectory="${this.#folder}" maxMessageSize="128k" defaultNetstreamDriver="gtls"
        defaultNetstreamDriverCAFile="${clientCaFile ?? identity.certFile}"
        defaultNetstreamDriverCertFile="${identity.certFile}" defaultNetstreamDriverKeyFile="${identity.keyFile}")
      main_queue(queue.type="Direct")
      module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1"
        streamDriver.authMode="${clientCaFile === undefined ? 'anon' : 'x509/certvalid'}")
      input(type="imtcp" address="127.0.0.1" port="${this.port}")
      template(name="line" type="string" string="%pri% %protocol-version% %timestamp:::date-rfc3339% %app-name% %msgid% %msg%\\n")
      action(type="omfile" file="${this.#received}" template="line")
    `;
  }

  get #received(): string {
    return join(this.#folder, 'received');
  }

  async up(): Promise<void> {
    const files = ['-f', join(this.#folder, 'rsyslog.conf'), '-i', join(this.#folder, 'pid')];
    this.#process = spawn('/usr/sbin/rsyslogd', ['-n', ...files], { stdio: 'ignore' });
    while (!(await listens(this.port))) await pause(POLL_MS);
  }

  /** kill -9. */
  async down(): Promise<void> {
    const ended = this.#process && once(this.#process, 'close');
    this.#process?.kill('SIGKILL');
    this.#process = null;
    await ended;
  }

  /** What it wrote, a line for each message. */
  async lines(): Promise<string[]> {
    const text = await readFile(this.#received, 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  /** Resolves as soon as it has written so many lines. */
  async hasLines(count: number): Promise<void> {
    await whenWritten(this.#received, async () => (await this.lines()).length >= count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    await rm(this.#folder, { recursive: true });
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
