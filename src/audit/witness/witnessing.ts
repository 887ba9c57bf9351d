import type pg from 'pg';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';
import { errorText, type Log } from '../../base/log.ts';
import { locks } from '../../store/index.ts';
import type { AuditLog } from '../audit-log.ts';
import type { Head } from '../audit-store.ts';
import { BackOff } from '../back-off.ts';
import { Rounds } from '../rounds.ts';
import {
  addCheckpointBody,
  formatSignature,
  parseNote,
  readWitnessAnswer,
  type VerifierKey,
  type WitnessAnswer,
} from '../tree/index.ts';
import { Turn } from '../turn.ts';
import { type WitnessedSize, type WitnessState, WitnessStore } from './witness-store.ts';

/** How often a witness is asked. Each cosignature is a row: 2,880 a day and witness. */
const REST_MS = 30 * SECOND_MS;

export interface WitnessToAsk {
  readonly key: VerifierKey;
  /** Posts to its add-checkpoint. */
  readonly ask: (body: string) => Promise<{ readonly status: number; readonly body: string }>;
}

export interface WitnessingOptions {
  readonly log: Pick<AuditLog, 'head' | 'consistency'>;
  readonly pool: pg.Pool;
  readonly witnesses: readonly WitnessToAsk[];
  readonly quorum: number;
  readonly connect: () => Promise<pg.Client>;
  readonly explain: (error: unknown) => string;
  /** Told when a witness has cosigned a longer log or another one, and when it cosigns this one again. */
  readonly contradicts: (witness: string, is: boolean) => void;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly events: Log;
}

/** Has checkpoints cosigned by witnesses: who was shown a log cannot be shown another one later. */
export class Witnessing {
  readonly #options: WitnessingOptions;
  readonly #turn: Turn;
  readonly #lanes: readonly Lane[];

  constructor(options: WitnessingOptions) {
    this.#options = options;
    this.#turn = new Turn(options.connect, locks.witness);
    this.#lanes = options.witnesses.map((witness) => new Lane(witness, this.#turn, options));
  }

  start(): void {
    for (const lane of this.#lanes) lane.start();
  }

  /** Asks every witness. Never rejects. */
  async round(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.round()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
    await this.#turn.letGo();
  }

  /** The latest checkpoint that enough witnesses have cosigned; null where none is. */
  witnessed(): Promise<WitnessedSize | null> {
    const names = this.#options.witnesses.map(({ key }) => key.name);
    return new WitnessStore(this.#options.pool).witnessed(names, this.#options.quorum);
  }

  /** How the witnesses are, of whatever gateway asks them. */
  async states(): Promise<WitnessState[]> {
    const states = await new WitnessStore(this.#options.pool).states();
    const unknown = { size: 0, cosignedAtMs: null, trouble: null, troubleAtMs: null };
    return this.#options.witnesses.map(
      ({ key }) => states.find(({ witness }) => witness === key.name) ?? { witness: key.name, ...unknown },
    );
  }
}

/** One witness: it is asked one thing at a time. */
class Lane {
  readonly #witness: WitnessToAsk;
  readonly #turn: Turn;
  readonly #options: WitnessingOptions;
  readonly #backOff: BackOff;
  readonly #rounds: Rounds;

  constructor(witness: WitnessToAsk, turn: Turn, options: WitnessingOptions) {
    this.#witness = witness;
    this.#turn = turn;
    this.#options = options;
    this.#backOff = new BackOff(options.entropy);
    this.#rounds = new Rounds(options.clock, async () => {
      await this.round();
      return this.#backOff.delayMs(REST_MS);
    });
  }

  start(): void {
    this.#rounds.start(this.#backOff.delayMs(REST_MS));
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  async round(): Promise<void> {
    try {
      const held = await this.#turn.take();
      const head = held && (await this.#options.log.head());
      if (held && head) await this.#have(new WitnessStore(held.client), head);
    } catch (error) {
      this.#backOff.failed();
      this.#options.events.warn('audit_not_witnessed', { reason: 'the database is away', cause: errorText(error) });
      await this.#turn.letGo();
    }
  }

  async #have(store: WitnessStore, head: Head): Promise<void> {
    const { clock, explain } = this.#options;
    const { name } = this.#witness.key;
    const known = (await store.states()).find(({ witness }) => witness === name)?.size ?? 0;
    if (known === head.size) return;
    let trouble: string;
    try {
      const answer = await this.#offer(head, Math.min(known, head.size));
      if (answer.go === 'cosigned') {
        await store.cosigned(name, head.size, answer.cosignatures.map(formatSignature).join(''), clock.now());
        this.#backOff.succeeded();
        this.#options.contradicts(name, false);
        return;
      }
      trouble = this.#troubleOf(answer, head);
    } catch (error) {
      trouble = explain(error);
    }
    this.#backOff.failed();
    await store.troubled(name, trouble, clock.now());
  }

  /** Offers a checkpoint from the size that is known of the witness, or else from the one that it says. */
  async #offer(head: Head, known: number): Promise<WitnessAnswer> {
    const answer = await this.#ask(head, known);
    const isElsewhere = answer.go === 'conflict' && answer.size !== known && answer.size <= head.size;
    return isElsewhere ? this.#ask(head, answer.size) : answer;
  }

  async #ask(head: Head, oldSize: number): Promise<WitnessAnswer> {
    const proof = await this.#options.log.consistency(oldSize, head.size);
    const note = parseNote(Buffer.from(head.note));
    if (!Array.isArray(proof) || note === null) return { go: 'refused', why: 'refused', status: 0 };
    const { status, body } = await this.#witness.ask(addCheckpointBody(oldSize, proof, head.note));
    return readWitnessAnswer(status, body, note, [this.#witness.key]);
  }

  #troubleOf(answer: Exclude<WitnessAnswer, { go: 'cosigned' }>, head: Head): string {
    if (answer.go === 'refused' && answer.status !== 422) return refusals[answer.why];
    this.#options.contradicts(this.#witness.key.name, true);
    return answer.go === 'conflict' && answer.size > head.size
      ? `it has cosigned this log at ${answer.size} entries, and here it has ${head.size}: something was taken out of the database`
      : 'it has cosigned another history of this log: something was changed in the database';
  }
}

const refusals: Readonly<Record<Extract<WitnessAnswer, { go: 'refused' }>['why'], string>> = {
  signature_missing: 'its answer has no signature of the key in the settings',
  signature_invalid: 'its answer has a wrong signature',
  answer_malformed: 'its answer cannot be read',
  refused: 'it refuses: does it know this log and its key?',
};
