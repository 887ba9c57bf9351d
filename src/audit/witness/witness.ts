import type { Clock } from '../../base/clock.ts';
import { OneByOne } from '../../base/one-by-one.ts';
import {
  type Accepted,
  type Admitted,
  admit,
  cosign,
  decide,
  formatConflict,
  type Refusal,
  type SignerKey,
  type WitnessedLog,
} from '../tree/index.ts';
import type { Ledger } from './ledger.ts';

export interface WitnessOptions {
  readonly ledger: Pick<Ledger, 'last' | 'keep'>;
  readonly logs: readonly WitnessedLog[];
  readonly keys: readonly SignerKey[];
  readonly clock: Clock;
}

export interface WitnessReply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Cosigns what grew from what it cosigned last, and nothing else (https://c2sp.org/tlog-witness). */
export class Witness {
  readonly #options: WitnessOptions;
  /** Of each log: two requests at once could roll it back. */
  readonly #turns = new Map<string, OneByOne>();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** The answer to the body of an add-checkpoint. Rejects where its state cannot be read or kept: then nothing is signed. */
  async addCheckpoint(body: Buffer): Promise<WitnessReply> {
    const admitted = admit(body, this.#options.logs);
    return admitted.status === 'admitted' ? this.#inTurn(admitted) : refusal(admitted);
  }

  #inTurn(request: Admitted): Promise<WitnessReply> {
    const { origin } = request.checkpoint;
    const turns = this.#turns.get(origin) ?? new OneByOne();
    this.#turns.set(origin, turns);
    return turns.do(() => this.#decide(request));
  }

  async #decide(request: Admitted): Promise<WitnessReply> {
    const { ledger, keys, clock } = this.#options;
    const { origin } = request.checkpoint;
    const verdict: Accepted | Refusal = decide(request, await ledger.last(origin));
    if (verdict.status !== 200) return refusal(verdict);
    await ledger.keep(origin, verdict.head); // durable before anything is signed
    return { status: 200, type: 'text/plain', body: cosign(request, keys, Math.floor(clock.now() / 1000)) };
  }
}

const refusal = (refused: Refusal): WitnessReply =>
  refused.status === 409
    ? { status: 409, type: 'text/x.tlog.size', body: formatConflict(refused.size) }
    : { status: refused.status, type: 'text/plain', body: `${refused.why}\n` };
