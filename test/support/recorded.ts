import type { Client } from 'pg';
import { entriesOf } from '../../src/audit/entries.ts';
import { type MessageEntry, readMessageEntry, readNoticesEntry } from '../../src/audit/entry.ts';
import { connectOwner } from './database.ts';

/** An entry as it is read back. */
export interface Recorded {
  readonly what: string;
  readonly who: string;
  readonly from: string | null;
  readonly on: readonly string[];
  readonly why: string | null;
  readonly outcome: string;
  readonly about?: Readonly<Record<string, unknown>>;
}

/** What a gateway of an embedded database has put on record, read beside it as the owner of the tables. */
export class RecordReader implements AsyncDisposable {
  readonly #client: Client;
  /** A row with a lower number may be committed after one with a higher: there are two lanes. */
  readonly #seen = new Set<string>();
  /** Every entry that was read, as its octets. */
  readonly octets: Buffer[] = [];
  readonly entries: Recorded[] = [];
  readonly messages: MessageEntry[] = [];

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(dataFolder: string): Promise<RecordReader> {
    return new RecordReader(await connectOwner(dataFolder));
  }

  /** Reads what has come since: entries of what somebody did, and of messages. */
  async next(): Promise<{ entries: Recorded[]; messages: MessageEntry[] }> {
    const { rows } = await this.#client.query<{ id: string; entries: Buffer }>(
      'SELECT id, entries FROM audit_group WHERE id <> ALL ($1) ORDER BY id',
      [[...this.#seen]],
    );
    const found = rows.flatMap(({ entries }) => entriesOf(entries));
    for (const { id } of rows) this.#seen.add(id);
    const messages = found.flatMap((entry) => readMessageEntry(entry) ?? []);
    const entries = found
      .filter((entry) => readMessageEntry(entry) === null && readNoticesEntry(entry) === null)
      .map((entry) => JSON.parse(String(entry)) as Recorded);
    this.octets.push(...found);
    this.entries.push(...entries);
    this.messages.push(...messages);
    return { entries, messages };
  }

  /** Reads until there is such an entry. */
  async until(is: (entry: Recorded) => boolean): Promise<Recorded> {
    for (;;) {
      const found = (await this.next()).entries.find(is);
      if (found) return found;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.end();
  }
}
