import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from './free-port.ts';
import { PeerProcess } from './peer-process.ts';

const USER = 'tester';
const PASSWORD = 'secret';

export interface KannelLogin {
  readonly port: number;
  readonly systemId: string;
  readonly password: string;
}

interface Ports {
  readonly admin: number;
  readonly smsbox: number;
  readonly sendsms: number;
}

/** Kannel (bearerbox and smsbox) as an application: it is asked over HTTP, and binds to the gateway over SMPP. */
export class Kannel implements AsyncDisposable {
  readonly bearerbox: PeerProcess;
  readonly smsbox: PeerProcess;
  readonly #ports: Ports;
  readonly #stack: AsyncDisposableStack;

  private constructor(bearerbox: PeerProcess, smsbox: PeerProcess, ports: Ports, stack: AsyncDisposableStack) {
    this.bearerbox = bearerbox;
    this.smsbox = smsbox;
    this.#ports = ports;
    this.#stack = stack;
  }

  /** Starts both boxes, and waits until the one is bound and the other takes requests. */
  static async bound(login: KannelLogin): Promise<Kannel> {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-kannel-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const config = join(folder, 'kannel.conf');
    const ports = { admin: await freePort(), smsbox: await freePort(), sendsms: await freePort() };
    await writeFile(config, configuration(login, ports), { mode: 0o600 });
    const bearerbox = stack.use(new PeerProcess('/usr/sbin/bearerbox', [config]));
    await bearerbox.says(/: bind_transceiver_resp\n.*command_id.*\n.*command_status: 0 /);
    const smsbox = stack.use(new PeerProcess('/usr/sbin/smsbox', [config]));
    await bearerbox.says(/Started thread \d+ \(gw\/bb_boxc\.c:boxc_sender\)/);
    return new Kannel(bearerbox, smsbox, ports, stack.move());
  }

  /** Asks for a message to be sent. Resolves with what Kannel answers. */
  async sendsms(query: Readonly<Record<string, string>>): Promise<{ status: number; said: string }> {
    const search = new URLSearchParams({ username: USER, password: PASSWORD, ...query }).toString();
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const where = { host: '127.0.0.1', port: this.#ports.sendsms, path: `/cgi-bin/sendsms?${search}`, agent: false };
    http.get(where, resolve).on('error', reject);
    const answer = await promise;
    return { status: answer.statusCode ?? 0, said: await text(answer) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

type Group = readonly (readonly [name: string, value: string | number])[];

function configuration({ port, systemId, password }: KannelLogin, ports: Ports): string {
  const core: Group = [
    ['group', 'core'],
    ['admin-port', ports.admin],
    ['admin-interface', '127.0.0.1'],
    ['admin-password', PASSWORD],
    ['smsbox-port', ports.smsbox],
    ['smsbox-interface', '127.0.0.1'],
    ['log-level', 0],
    ['dlr-storage', 'internal'],
  ];
  const smsc: Group = [
    ['group', 'smsc'],
    ['smsc', 'smpp'],
    ['smsc-id', 'sallyport'],
    ['host', '127.0.0.1'],
    ['port', port],
    ['transceiver-mode', 'true'],
    ['smsc-username', systemId],
    ['smsc-password', password],
    ['system-type', '""'],
    ['enquire-link-interval', 5],
    ['reconnect-delay', 1],
  ];
  const smsbox: Group = [
    ['group', 'smsbox'],
    ['bearerbox-host', '127.0.0.1'],
    ['sendsms-port', ports.sendsms],
    ['sendsms-interface', '127.0.0.1'],
    ['log-level', 0],
  ];
  const user: Group = [
    ['group', 'sendsms-user'],
    ['username', USER],
    ['password', PASSWORD],
    ['user-allow-ip', '127.0.0.1'],
    ['concatenation', 'true'],
    ['max-messages', 10],
  ];
  const lines = (group: Group) => group.map(([name, value]) => `${name} = ${value}\n`).join('');
  return [core, smsc, smsbox, user].map(lines).join('\n');
}
