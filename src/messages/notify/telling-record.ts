import { auditGroups, type NoticesEntry, noticesEntryBytes, writeNoticesEntry } from '../../audit/index.ts';
import type { Clock } from '../../base/clock.ts';
import type { Id } from '../../base/id.ts';
import type { BatchWriter, Unit } from '../../store/index.ts';
import { states } from '../states.ts';
import type { Notice } from './notice.ts';
import { type Telling, tellings } from './tellings.ts';

/** A receiver of exported entries may take 8 KiB a message, and 45 octets are the name of one here. */
const MESSAGES_MAX = 64;
const ATTEMPTS_MAX = 0xffff;

/** The unit of an entry that nobody waits for: one for all. It stays until it is stored; twice on record is once at least. */
const recorded: Unit = { mustHold: true, stored: () => {}, failed: () => {}, probe: () => null };

/**
 * Puts on record that applications were told, or will not be, and after how many attempts. What they answer in one go is one
 * entry: an entry for each notice would cost a twentieth of the throughput.
 */
export class TellingRecord {
  readonly #parts: { readonly writer: BatchWriter; readonly clock: Clock; readonly nodeId: number };
  /** What the notices that gather have in common. */
  #shared: Omit<NoticesEntry, 'messageIds'> | null = null;
  #messageIds: Id[] = [];

  constructor(parts: { readonly writer: BatchWriter; readonly clock: Clock; readonly nodeId: number }) {
    this.#parts = parts;
  }

  add({ accountId, messageId, credentialId, state: told }: Notice, telling: Telling, attempts: number): void {
    const state = tellings[telling] + states[told].number;
    const shared = this.#shared;
    if (
      shared === null ||
      shared.state !== state ||
      shared.accountId !== accountId ||
      shared.credentialId !== credentialId ||
      shared.attempts !== Math.min(attempts, ATTEMPTS_MAX) ||
      this.#messageIds.length === MESSAGES_MAX
    )
      this.#begin({ state, attempts: Math.min(attempts, ATTEMPTS_MAX), accountId, credentialId });
    this.#messageIds.push(messageId);
  }

  #begin(about: Pick<NoticesEntry, 'state' | 'attempts' | 'accountId' | 'credentialId'>): void {
    if (this.#shared === null) queueMicrotask(this.#write);
    else this.#write();
    this.#shared = { ...about, atMs: this.#parts.clock.now(), nodeId: this.#parts.nodeId };
  }

  readonly #write = (): void => {
    const shared = this.#shared;
    if (shared === null) return;
    const { writer } = this.#parts;
    const group = writer.beginEntry(auditGroups);
    const at = group.entry(noticesEntryBytes(this.#messageIds.length));
    writeNoticesEntry(group.bytes, at, { ...shared, messageIds: this.#messageIds });
    writer.endRow();
    writer.add(recorded);
    this.#shared = null;
    this.#messageIds = [];
  };
}
