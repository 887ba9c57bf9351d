import assert from 'node:assert/strict';
import type { SmppLogin } from './esme.ts';
import { smppLogin, type Wanted } from './gateway-credentials.ts';
import { GatewayProcess } from './gateway-process.ts';
import { ScriptedSmsc, type Submit } from './scripted-smsc.ts';

export const CARRIER = 'scripted';
const VERSION_5_0 = 0x50;

/** A gateway whose one SMPP carrier is a scripted SMSC, of SMPP 5.0: parameters of every version may be sent to it. */
export class SmscGateway implements AsyncDisposable {
  gateway: GatewayProcess;
  readonly smsc: ScriptedSmsc;
  readonly #settings: Record<string, string>;

  private constructor(gateway: GatewayProcess, smsc: ScriptedSmsc, settings: Record<string, string>) {
    this.gateway = gateway;
    this.smsc = smsc;
    this.#settings = settings;
  }

  static async start(settings: Record<string, string> = {}): Promise<SmscGateway> {
    const gateway = await GatewayProcess.start({ settings });
    const smsc = new ScriptedSmsc();
    smsc.script.bindTlvs = { sc_interface_version: VERSION_5_0 };
    const port = await smsc.listen();
    const at = { kind: 'smpp', name: CARRIER, host: '127.0.0.1', port, tls: false, interfaceVersion: '5.0' };
    const added = await gateway.control('POST', '/v1/carriers', { ...at, systemId: 'gateway', password: 'opensesa' });
    assert.equal(added.status, 201, JSON.stringify(added.body));
    const both = new SmscGateway(gateway, smsc, settings);
    await both.#isBound(1);
    return both;
  }

  /** A new credential that may use the carrier. */
  login(capability: Wanted['capability'] = {}): Promise<SmppLogin & { id: number }> {
    return smppLogin(this.gateway, { capability: { carriers: [CARRIER], ...capability } });
  }

  /** Waits for the submit_sm that comes after `count` others. */
  async submit(count: number): Promise<Submit> {
    await this.smsc.until(() => this.smsc.heardOf('submit_sm').length > count);
    return this.smsc.heardOf('submit_sm')[count] as Submit;
  }

  /** kill -9, and a start on what that left. */
  async killAndStart(): Promise<void> {
    await this.#again(() => this.gateway.kill());
  }

  async stopAndStart(): Promise<void> {
    await this.#again(() => this.gateway.stop());
  }

  async #again(end: () => Promise<unknown>): Promise<void> {
    const binds = this.smsc.heardOf('bind_transceiver').length;
    await end();
    const { dataFolder } = this.gateway;
    this.gateway = await GatewayProcess.start({ dataFolder, settings: this.#settings });
    await this.#isBound(binds + 1);
  }

  /** Once the enquiry has its answer, the gateway knows that it is bound. */
  async #isBound(times: number): Promise<void> {
    await this.smsc.until(() => this.smsc.heardOf('bind_transceiver').length >= times);
    const answers = this.smsc.heardOf('enquire_link_resp').length;
    this.smsc.session.connection.out.write('enquire_link', 0, 1_000_000);
    await this.smsc.until(() => this.smsc.heardOf('enquire_link_resp').length > answers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.smsc[Symbol.asyncDispose]();
  }
}
