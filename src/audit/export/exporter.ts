import type pg from 'pg';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';
import { errorText, type Log } from '../../base/log.ts';
import { locks } from '../../store/index.ts';
import type { AuditLog } from '../audit-log.ts';
import { BackOff } from '../back-off.ts';
import { type StateName, viewEntry } from '../entry-view.ts';
import { Rounds } from '../rounds.ts';
import { Turn } from '../turn.ts';
import { ExportStore } from './export-store.ts';
import { type FormatName, rendered, type Source, type TransportName } from './formats.ts';
import type { Delivery, Sink } from './sink.ts';

/** How soon what was signed is exported, once all before it is: the log signs every second, so an entry leaves within a few. */
const REST_MS = SECOND_MS;
/** After so long a delivery is finished, so that what it brought counts; where there is more, the next begins at once. */
const DELIVERY_MS = 2 * SECOND_MS;
/** So much is gathered before it is written, in about 2 ms: with the page of the log that is read, all that is in memory. */
const CHUNK_CHARACTERS = 64 * 1024;
const CHUNK_ENTRIES = 1024;

export interface ExportTo {
  /** As it stands in the settings; the cursor goes by it. */
  readonly name: string;
  readonly format: FormatName;
  readonly transport: TransportName;
  readonly sink: Sink;
}

export interface ExporterOptions {
  readonly log: Pick<AuditLog, 'head' | 'entries'>;
  readonly sinks: readonly ExportTo[];
  readonly source: Source;
  /** Without it, entries about messages are left out. */
  readonly withMessages: boolean;
  /** Where a new receiver begins: with the first entry of the log, or with the next one. */
  readonly from: 'first' | 'next';
  readonly stateName: StateName;
  readonly connect: () => Promise<pg.Client>;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly events: Log;
}

/**
 * Brings the log to its receivers, each at its own pace, from its own place: at least once, in the order of the log. It
 * reads from the log itself, so a receiver may be away for as long as it likes. Of all gateways on a database one exports.
 */
export class Exporter {
  readonly #turn: Turn;
  readonly #lanes: readonly Lane[];

  constructor(options: ExporterOptions) {
    this.#turn = new Turn(options.connect, locks.export);
    this.#lanes = options.sinks.map((to) => new Lane(to, this.#turn, options));
  }

  start(): void {
    for (const lane of this.#lanes) lane.start();
  }

  /** Brings each receiver what it does not have yet, as far as one delivery goes. Never rejects. */
  async round(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.round()));
  }

  /** Brings those that take it what is left, then gives others their turn. */
  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
    await this.#turn.letGo();
  }
}

/** One receiver. */
class Lane {
  readonly #to: ExportTo;
  readonly #turn: Turn;
  readonly #options: ExporterOptions;
  readonly #backOff: BackOff;
  readonly #rounds: Rounds;

  constructor(to: ExportTo, turn: Turn, options: ExporterOptions) {
    this.#to = to;
    this.#turn = turn;
    this.#options = options;
    this.#backOff = new BackOff(options.entropy);
    this.#rounds = new Rounds(options.clock, async () => this.#backOff.delayMs((await this.round()) ? 0 : REST_MS));
  }

  start(): void {
    this.#rounds.start(this.#backOff.delayMs(REST_MS));
  }

  async stop(): Promise<void> {
    await this.#rounds.stop();
    if (!this.#backOff.isTroubled) await this.round();
  }

  /** Whether the receiver still lacks what was signed before. */
  async round(): Promise<boolean> {
    try {
      const held = await this.#turn.take();
      if (held === null) return false;
      return await this.#bring(new ExportStore(held.client));
    } catch (error) {
      this.#backOff.failed();
      this.#options.events.warn('audit_not_exported', { reason: 'the database is away', cause: errorText(error) });
      await this.#turn.letGo();
      return true;
    }
  }

  async #bring(store: ExportStore): Promise<boolean> {
    const { log, from, clock } = this.#options;
    const { name, sink } = this.#to;
    const size = (await log.head())?.size ?? 0;
    const next = await store.next(name, from === 'first' ? 0 : size);
    if (next === size) return false;
    try {
      const reached = await this.#deliver(next, size);
      await store.delivered(name, reached, clock.now());
      this.#backOff.succeeded();
      return reached < size;
    } catch (error) {
      const reason = error instanceof EntryTrouble ? error.message : sink.explain(error);
      if (!this.#backOff.isTroubled) this.#options.events.warn('audit_not_exported', { reason });
      this.#backOff.failed();
      await store.troubled(name, reason, clock.now());
      return true;
    }
  }

  /** Answers the index that the next delivery begins with. Nothing is opened where there is nothing to deliver. */
  async #deliver(from: number, to: number): Promise<number> {
    let delivery: Delivery | null = null;
    let next = from;
    try {
      for await (const chunk of this.#chunks(from, to)) {
        next = chunk.next;
        if (chunk.octets.length === 0) continue;
        delivery ??= await this.#to.sink.open();
        await delivery.write(chunk.octets);
      }
      if (next === from) throw new EntryTrouble(`the log has no entry ${from}`);
      await delivery?.finish();
      return next;
    } catch (error) {
      delivery?.cancel();
      throw error;
    }
  }

  /** What to write next, and the index behind it; for as long as a delivery goes. */
  async *#chunks(from: number, to: number): AsyncGenerator<{ readonly octets: Buffer; readonly next: number }> {
    const { log, clock } = this.#options;
    const untilMs = clock.elapsed() + DELIVERY_MS;
    let texts: string[] = [];
    let characters = 0;
    for await (const { index, bytes } of log.entries(from, to)) {
      const text = this.#textOf(index, bytes);
      texts.push(text);
      characters += text.length;
      const isFull = characters >= CHUNK_CHARACTERS || texts.length >= CHUNK_ENTRIES;
      if (!isFull && index + 1 < to) continue;
      yield { octets: Buffer.from(texts.join('')), next: index + 1 };
      if (clock.elapsed() >= untilMs) return;
      await new Promise<void>((resolve) => setImmediate(resolve)); // others have their turn
      texts = [];
      characters = 0;
    }
  }

  /** Empty for an entry that is left out. */
  #textOf(index: number, bytes: Buffer): string {
    const { stateName, withMessages, source } = this.#options;
    const entry = viewEntry(index, bytes, stateName);
    if (entry === null) throw new EntryTrouble(`entry ${index} of the log cannot be read`);
    const isWanted = withMessages || entry.kind !== 'message';
    return isWanted ? rendered(this.#to.format, this.#to.transport, entry, source) : '';
  }
}

/** The log is not as it should be: whatever is exported beyond would hide it. */
class EntryTrouble extends Error {
  override name = 'EntryTrouble';
}
