import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const EC = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** What a certificate is to be like; what is left out is sound. */
export interface Wanted {
  readonly names?: string;
  /** Arguments of `openssl req -newkey`. */
  readonly key?: readonly string[];
  readonly digest?: string;
  /** Unix ms, both. */
  readonly validFrom?: number;
  readonly validTo?: number;
  readonly usage?: string;
  readonly isAuthority?: boolean;
}

/** Files of a certificate and its key. */
export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
}

const DAY_MS = 86_400_000;

/** An authority of the tests, made with the openssl of Debian: certificates as bad as they come. */
export class CertificateShop {
  readonly folder = mkdtempSync(join(tmpdir(), 'sallyport-certificates-'));
  #made = 0;

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  read(file: string): string {
    return readFileSync(file, 'utf8');
  }

  /** A chain in one file, the leaf first. */
  bundle(...files: readonly string[]): string {
    const file = this.#file('pem');
    writeFileSync(file, files.map((part) => this.read(part)).join(''));
    return file;
  }

  /** Issued by `issuer`, or by itself. */
  issue(wanted: Wanted = {}, issuer: Issued | null = null): Issued {
    const { names = 'DNS:carrier.example,IP:127.0.0.1', key = EC, digest = 'sha256' } = wanted;
    const [certFile, keyFile, request, extensions] = ['crt', 'key', 'csr', 'cnf'].map((end) => this.#file(end)) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(
      extensions,
      [
        `basicConstraints=critical,CA:${wanted.isAuthority ? 'TRUE' : 'FALSE'}`,
        `keyUsage=critical,${wanted.isAuthority ? 'keyCertSign,cRLSign' : 'digitalSignature'}`,
        ...(wanted.isAuthority ? [] : [`extendedKeyUsage=${wanted.usage ?? 'serverAuth'}`, `subjectAltName=${names}`]),
        'subjectKeyIdentifier=hash',
      ].join('\n'),
    );
    const subject = `/CN=sallyport test ${this.#made}`;
    openssl('req', '-new', '-newkey', ...key, '-nodes', '-subj', subject, '-keyout', keyFile, '-out', request);
    const signer = issuer ? ['-cert', issuer.certFile, '-keyfile', issuer.keyFile] : ['-selfsign', '-keyfile', keyFile];
    const from = time(wanted.validFrom ?? Date.now() - DAY_MS);
    const to = time(wanted.validTo ?? Date.now() + 90 * DAY_MS);
    const how = ['-batch', '-notext', '-md', digest, '-extfile', extensions, '-startdate', from, '-enddate', to];
    openssl('ca', '-config', this.#config(), ...how, ...signer, '-in', request, '-out', certFile);
    return { certFile, keyFile };
  }

  /** A list of what `issuer` has revoked. */
  revocations(issuer: Issued, ...revoked: readonly Issued[]): string {
    const [config, list] = [this.#config(), this.#file('crl')];
    const own = ['-config', config, '-cert', issuer.certFile, '-keyfile', issuer.keyFile, '-md', 'sha256'];
    for (const { certFile } of revoked) openssl('ca', ...own, '-revoke', certFile);
    openssl('ca', ...own, '-gencrl', '-crldays', '30', '-out', list);
    return list;
  }

  /** Each run of `openssl ca` has a register of its own, but for what one authority has revoked. */
  #config(): string {
    const [database, serial, config] = [this.#file('txt'), this.#file('srl'), this.#file('cnf')];
    writeFileSync(database, '');
    writeFileSync(serial, `${1000 + this.#made}\n`);
    const own = `database=${database}\nserial=${serial}\nnew_certs_dir=${this.folder}\nunique_subject=no\npolicy=any\n`;
    writeFileSync(config, `[ca]\ndefault_ca=own\n[own]\n${own}[any]\ncommonName=supplied\n`);
    return config;
  }

  #file(end: string): string {
    return join(this.folder, `${++this.#made}.${end}`);
  }
}

const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
const time = (ms: number): string => `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
