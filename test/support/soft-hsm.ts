import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MODULES = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/softhsm/libsofthsm2.so'];
const PIN = '4711-for-tests';

/** A token of SoftHSM2 (Debian), which is a PKCS#11 module that nobody here wrote. */
export class SoftHsm implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'sallyport-softhsm-'));
  readonly module = MODULES.find((path) => existsSync(path))!;
  readonly token = 'sallyport test';
  readonly pinFile = join(this.folder, 'pin');
  readonly #tokens = join(this.folder, 'tokens');
  readonly #configuration = join(this.folder, 'softhsm2.conf');

  constructor() {
    mkdirSync(this.#tokens);
    const settings = [`directories.tokendir = ${this.#tokens}`, 'objectstore.backend = file', 'log.level = ERROR'];
    writeFileSync(this.#configuration, `${settings.join('\n')}\n`);
    this.writePin(PIN);
    // The process that speaks to the token finds it as every PKCS#11 application does.
    process.env.SOFTHSM2_CONF = this.#configuration;
    this.util('--init-token', '--free', '--label', this.token, '--so-pin', 'security-officer', '--pin', PIN);
  }

  get place() {
    const { module, token, pinFile } = this;
    return { module, token, pinFile, keyLabel: 'root for tests' };
  }

  get environment(): Record<string, string> {
    return {
      SOFTHSM2_CONF: this.#configuration,
      SALLYPORT_PKCS11_MODULE: this.module,
      SALLYPORT_PKCS11_TOKEN: this.token,
      SALLYPORT_PKCS11_PIN_FILE: this.pinFile,
    };
  }

  writePin(pin: string): void {
    writeFileSync(this.pinFile, `${pin}\n`, { mode: 0o600 });
  }

  rightPin(): void {
    this.writePin(PIN);
  }

  /** Takes the token out, as far as its module can see. */
  pull(): void {
    renameSync(this.#tokens, `${this.#tokens}.pulled`);
    mkdirSync(this.#tokens);
  }

  plugIn(): void {
    rmSync(this.#tokens, { recursive: true });
    renameSync(`${this.#tokens}.pulled`, this.#tokens);
  }

  util(...args: string[]): void {
    execFileSync('softhsm2-util', args, { stdio: 'pipe', env: this.#env });
  }

  /** OpenSC's tool, which sees the token as everybody else does. */
  tool(...args: string[]): string {
    const all = ['--module', this.module, '--token-label', this.token, '--login', '--pin', PIN, ...args];
    return execFileSync('pkcs11-tool', all, { stdio: 'pipe', encoding: 'utf8', env: this.#env });
  }

  [Symbol.dispose](): void {
    delete process.env.SOFTHSM2_CONF;
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...process.env, SOFTHSM2_CONF: this.#configuration };
  }
}
