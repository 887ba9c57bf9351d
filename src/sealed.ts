import { join } from 'node:path';
import type { Actor } from './audit/index.ts';
import { MINUTE_MS, SECOND_MS } from './base/clock.ts';
import { type Fault, FaultError, fault, faults } from './base/fault.ts';
import { IdSource } from './base/id.ts';
import { must } from './base/must.ts';
import type { Settings } from './config/index.ts';
import { createSealedApi, type Seal } from './doors/api/index.ts';
import { SmppDoor } from './doors/smpp/index.ts';
import type { GatewayOptions } from './foundation.ts';
import { listen, openTls, type Ports } from './listen.ts';
import { isSealing, passesByItself, type RootKeys, type Vault } from './vault/index.ts';

/** Who tries again where nobody asks it to. */
const ITSELF: Actor = { who: 'gateway', from: null };
const RETRY_FIRST_MS = SECOND_MS;
const RETRY_MAX_MS = MINUTE_MS;

export const wordsOf = ({ code, detail = faults[code].title }: Fault): string => detail;

/** How to go on, for the operator of this machine. */
export function wayOn({ code }: Fault): string {
  if (code.startsWith('passphrase')) return 'Give the passphrase with: npx sallyport unseal';
  if (!passesByItself(code)) return 'When that is put right: npx sallyport unseal';
  return 'It is tried again by itself, and at once with: npx sallyport unseal';
}

interface Opened {
  readonly vault: Vault;
  /** The settings of the ports that were open meanwhile; nothing where it was not sealed. */
  readonly ports: Partial<Pick<Settings, 'api' | 'smpp'>>;
  /** Who or what opened it; null where it was not sealed. */
  readonly by: Actor | null;
}

/**
 * Opens the vault. Where its root key cannot be had yet, the gateway is sealed: its doors are there, say so and refuse all
 * work, until a person or another try opens it. Throws `stopping` when it is told to end before.
 */
export async function openWhenUnsealed(
  options: GatewayOptions,
  root: RootKeys,
  open: () => Promise<Vault>,
): Promise<Opened> {
  try {
    return { vault: await open(), ports: {}, by: null };
  } catch (error) {
    if (!(error instanceof FaultError) || !isSealing(error.fault.code)) throw error;
    await using waiting = new SealedStart(options, root, open, error.fault);
    const ports = await waiting.openDoors();
    options.log.warn('sealed', { fault: error.fault.code });
    options.sealed(error.fault, ports);
    const { vault, by } = await waiting.opened;
    options.log.info('unsealed');
    return { vault, by, ports: keptPorts(options.settings, ports) };
  }
}

/** A free port that was taken is kept: who knows it comes back to it. */
const keptPorts = ({ api, smpp }: Settings, ports: Ports): Opened['ports'] => ({
  api: { ...api, port: ports.api },
  smpp: { ...smpp, tlsPort: ports.smppTls, plainPort: ports.smppPlain },
});

/** A start that waits for its root key. */
class SealedStart implements Seal, AsyncDisposable {
  readonly opened: Promise<Pick<Opened, 'vault' | 'by'>>;
  readonly #options: GatewayOptions;
  readonly #root: RootKeys;
  readonly #open: () => Promise<Vault>;
  readonly #settle: PromiseWithResolvers<Pick<Opened, 'vault' | 'by'>>;
  readonly #taken = new AsyncDisposableStack();
  #why: Fault;
  #attemptCount = 0;
  #attempt: Promise<Fault | null> | null = null;
  #callOff: () => void = () => {};

  constructor(options: GatewayOptions, root: RootKeys, open: () => Promise<Vault>, why: Fault) {
    this.#options = options;
    this.#root = root;
    this.#open = open;
    this.#why = why;
    this.#settle = Promise.withResolvers();
    this.opened = this.#settle.promise;
    this.opened.catch(() => undefined); // whoever waits for it hears of it
    const stop = () => this.#settle.reject(new FaultError('stopping'));
    if (options.stop.aborted) stop();
    options.stop.addEventListener('abort', stop);
    this.#taken.defer(() => options.stop.removeEventListener('abort', stop));
    this.#plan();
  }

  why(): Fault {
    return { ...this.#why, detail: `${wordsOf(this.#why)} ${wayOn(this.#why)}` };
  }

  /** Another try, one at a time. A wrong passphrase changes nothing. */
  async unseal(passphrase: string | null, by: Actor): Promise<Fault | null> {
    if (passphrase !== null) {
      const refusal = await this.#unlock(Buffer.from(passphrase));
      if (refusal !== null) return refusal;
    }
    this.#attempt ??= this.#tryToOpen(by);
    return await this.#attempt;
  }

  async openDoors(): Promise<Ports> {
    const { settings, clock, log, version } = this.#options;
    const ids = new IdSource(clock, this.#options.entropy);
    const tls = await openTls(this.#options);
    this.#taken.defer(() => tls.close());
    const api = createSealedApi({ seal: this, clock, ids, log, version });
    this.#taken.defer(() => api.close());
    const smpp = sealedSmpp(this.#options, ids);
    this.#taken.defer(() => smpp.close());
    const ports = await listen({ api, smpp, tls, settings });
    await api.listenControl(join(settings.dataFolder, 'control.sock'));
    return ports;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#callOff();
    await this.#taken.disposeAsync();
  }

  async #unlock(passphrase: Buffer): Promise<Fault | null> {
    try {
      await this.#root.unlock(passphrase);
      return null;
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      this.#options.log.warn('unseal_refused', { fault: error.fault.code });
      return error.fault;
    } finally {
      passphrase.fill(0);
    }
  }

  async #tryToOpen(by: Actor): Promise<Fault | null> {
    this.#callOff();
    this.#attemptCount++;
    try {
      this.#settle.resolve({ vault: await this.#open(), by });
      return null;
    } catch (error) {
      if (!(error instanceof FaultError) || !isSealing(error.fault.code)) {
        this.#settle.reject(error);
        return error instanceof FaultError ? error.fault : fault('internal');
      }
      this.#why = error.fault;
      this.#plan();
      return error.fault;
    } finally {
      this.#attempt = null;
    }
  }

  /** Twice as long each time, up to a minute, by up to a half less, so that gateways do not come all at once. */
  #plan(): void {
    if (!passesByItself(this.#why.code)) return;
    const { clock, entropy } = this.#options;
    const delayMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#attemptCount) * (1 - entropy.fraction() / 2);
    this.#callOff = clock.after(delayMs, () => void this.unseal(null, ITSELF));
  }
}

const nobodyBinds = (): never => {
  must(false, 'nobody binds to a gateway that is sealed');
};

/** SMPP that refuses every bind. */
function sealedSmpp({ settings, clock, log }: GatewayOptions, ids: IdSource): SmppDoor {
  return new SmppDoor({
    messages: { submit: nobodyBinds },
    own: {
      progress: nobodyBinds,
      cancel: nobodyBinds,
      cancelWaiting: nobodyBinds,
      replace: nobodyBinds,
      submitInPlace: nobodyBinds,
    },
    ids,
    access: {
      authenticateBind: () => Promise.resolve(fault('sealed')),
      onRevoked: () => () => {},
      onBanned: () => () => {},
    },
    uses: { bound: nobodyBinds, refused: () => {} },
    clock,
    log,
    limits: settings.smpp,
    fullness: () => 0,
    clientCa: null,
    receiverBound: nobodyBinds,
  });
}
