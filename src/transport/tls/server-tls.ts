import type { SecureContextOptions, Server, TlsOptions } from 'node:tls';
import { MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { FaultError } from '../../base/fault.ts';
import { errorText } from '../../base/log.ts';
import { type PairFiles, type ReadPair, readPair } from './key-files.ts';
import { authorityFile, type LocalCertificateOptions, localCertificate } from './local-certificate.ts';

/** How soon a certificate that was replaced or whose time has come is taken up. */
const LOOK_AGAIN_MS = MINUTE_MS;
const HANDSHAKE_MS = 10 * SECOND_MS;

export interface ServerTlsOptions extends LocalCertificateOptions {
  /** The operator's certificate chain and key; null: the gateway makes its own. */
  readonly files: PairFiles | null;
}

/** The certificate of this gateway's listeners, kept current while they run. */
export interface ServerTls {
  /** What a TLS or HTTPS server is made with. */
  readonly options: SecureContextOptions & TlsOptions;
  /** The authority that clients have to trust; null where the certificate is the operator's. */
  readonly authorityFile: string | null;
  /**
   * Gives every later certificate to a running server, until it closes. Connections that stand keep theirs. `ca` is what
   * the server verifies its clients with, where it asks for their certificates.
   */
  attach(server: Server, ca?: string): void;
  /** Looks for a newer certificate now. One that cannot be used is logged, and the last one stays. */
  refresh(): Promise<void>;
  close(): void;
}

/** Reads or makes the certificate; throws `invalid_setting` where the operator's cannot be used. */
export async function serverTls(options: ServerTlsOptions): Promise<ServerTls> {
  const tls = new CurrentTls(options, await currentPair(options));
  tls.watch();
  return tls;
}

/** TLS 1.3 only: every client of the last years has it, and its handshake shows no certificate to who listens in. */
const contextOf = ({ cert, key }: ReadPair) => ({ cert, key, minVersion: 'TLSv1.3' }) as const;

const currentPair = (options: ServerTlsOptions): Promise<ReadPair> =>
  options.files === null ? localCertificate(options) : Promise.resolve(readPair(options.files));

class CurrentTls implements ServerTls {
  readonly authorityFile: string | null;
  readonly #options: ServerTlsOptions;
  readonly #servers = new Map<Server, string | undefined>();
  #pair: ReadPair;
  #lastTrouble = '';
  #callOff: (() => void) | null = null;
  #look: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: ServerTlsOptions, pair: ReadPair) {
    this.#options = options;
    this.#pair = pair;
    this.authorityFile = options.files === null ? authorityFile(options.folder) : null;
    this.#warnOfExpiry();
  }

  get options(): SecureContextOptions & TlsOptions {
    return { ...contextOf(this.#pair), handshakeTimeout: HANDSHAKE_MS };
  }

  attach(server: Server, ca?: string): void {
    this.#servers.set(server, ca);
    server.once('close', () => this.#servers.delete(server));
  }

  watch(): void {
    if (this.#isClosed) return;
    this.#callOff = this.#options.clock.after(LOOK_AGAIN_MS, () => void this.refresh().then(() => this.watch()));
  }

  close(): void {
    this.#isClosed = true;
    this.#callOff?.();
  }

  /** Who asks while a look is under way gets its outcome: two at once would renew twice. */
  refresh(): Promise<void> {
    this.#look ??= this.#lookAgain().finally(() => {
      this.#look = null;
    });
    return this.#look;
  }

  async #lookAgain(): Promise<void> {
    try {
      const pair = await currentPair(this.#options);
      if (pair.cert !== this.#pair.cert || pair.key !== this.#pair.key) this.#take(pair);
      this.#lastTrouble = '';
    } catch (error) {
      this.#complain(error);
    }
  }

  #take(pair: ReadPair): void {
    for (const [server, ca] of this.#servers) {
      server.setSecureContext({ ...contextOf(pair), ...(ca !== undefined && { ca }) });
    }
    this.#pair = pair;
    this.#options.log.info('tls.certificate_taken_up', { day: pair.leaf.validToDate.toISOString().slice(0, 10) });
    this.#warnOfExpiry();
  }

  /** The same trouble is told once, not every minute. */
  #complain(error: unknown): void {
    const reason = error instanceof FaultError ? error.message : errorText(error);
    if (reason !== this.#lastTrouble) this.#options.log.error('tls.certificate_unusable', { reason });
    this.#lastTrouble = reason;
  }

  /** An operator's certificate that has expired is served all the same: clients say so, and links that stand go on. */
  #warnOfExpiry(): void {
    const { validToDate } = this.#pair.leaf;
    if (validToDate.getTime() > this.#options.clock.now()) return;
    this.#options.log.error('tls.certificate_expired', { day: validToDate.toISOString().slice(0, 10) });
  }
}
