import { idText } from '../../base/id.ts';
import { must } from '../../base/must.ts';
import type { Answer } from '../../carriers/index.ts';
import { classNumber } from '../classes.ts';
import type { RiverContext } from '../context.ts';
import type { FoundPart, HandsetKey, LockedParts, PartRow, SetName, WholeRow } from '../inbound-parts-store.ts';
import type { NoticeContent } from '../notify/notice.ts';
import type { Debt } from '../notify/notices.ts';
import { type Arrival, noticeOfArrival, storedArrival } from './arrival.ts';
import { judge, type PartSet } from './assembly.ts';
import { join } from './join.ts';
import { type PartNumber, withPlace } from './numbered.ts';
import { digestOf, openPart, sealMessage } from './sealed-part.ts';

/** A part that came and is not kept yet. */
export interface Incoming {
  readonly arrival: Arrival;
  readonly number: PartNumber;
  readonly answer: Answer;
}

interface KeptSet extends PartSet, SetName {
  readonly dueAtMs: number;
}

interface Whole {
  readonly row: WholeRow;
  readonly debt: Debt;
}

const CLASS = classNumber('transactional');

export const handsetOf = ({ recipient }: Arrival): HandsetKey => ({
  accountId: recipient.accountId,
  recipientId: recipient.id,
});
const nameOf = ({ accountId, recipientId }: HandsetKey): string => `${accountId} ${recipientId}`;

/** What is to be done about a batch of parts: judged one after the other, and then written as one. */
export class Keeping {
  readonly #river: RiverContext;
  readonly #dueAtMs: number;
  readonly #nowMs: number;
  readonly #sets = new Map<string, KeptSet[]>();
  readonly #added: PartRow[] = [];
  readonly #ended: SetName[] = [];
  readonly #told: SetName[] = [];
  readonly #forgotten: SetName[] = [];
  readonly #wholes: Whole[] = [];

  /** `found` is what is kept of their handsets. */
  constructor(river: RiverContext, found: readonly FoundPart[], incoming: readonly Incoming[]) {
    this.#river = river;
    this.#nowMs = river.clock.now();
    this.#dueAtMs = this.#nowMs + river.reassemblyMs;
    const recipients = new Map(incoming.map(({ arrival }) => [nameOf(handsetOf(arrival)), arrival.recipient] as const));
    for (const part of found) this.#remember(part, openPart(river.vault, part, recipients.get(nameOf(part))!));
    for (const one of incoming) this.#take(one);
  }

  /** Writes it all; the debts of what became whole are told or dropped by the caller. */
  async write(parts: LockedParts): Promise<void> {
    const { nodeId, vault } = this.#river;
    const about = { nodeId, class: CLASS, atMs: this.#nowMs };
    if (this.#added.length > 0) await parts.add(this.#added);
    for (const { row, debt } of this.#wholes)
      await parts.message(row, { ...about, digest: digestOf(vault, row) }, debt.rows);
    if (this.#told.length > 0) await parts.told(this.#told);
    if (this.#ended.length > 0) await parts.end(this.#ended, this.#nowMs);
    if (this.#forgotten.length > 0) await parts.remove(this.#forgotten);
  }

  get debts(): readonly Debt[] {
    return this.#wholes.map(({ debt }) => debt);
  }

  #remember(part: FoundPart, content: NoticeContent | null): void {
    const sets = this.#setsOf(part);
    const { accountId, messageId, numbering, reference, total, sender, dataCoding, dueAtMs, isTold } = part;
    let set = sets.find((candidate) => candidate.messageId.equals(messageId));
    if (!set) {
      const key = { numbering, reference, total, sender, dataCoding };
      set = { accountId, messageId, key, dueAtMs, isTold, parts: new Map() };
      sets.push(set);
    }
    set.parts.set(part.number, content);
  }

  #setsOf(handset: HandsetKey): KeptSet[] {
    const name = nameOf(handset);
    const sets = this.#sets.get(name) ?? [];
    this.#sets.set(name, sets);
    return sets;
  }

  #take({ arrival, number: { number, ...place } }: Incoming): void {
    const content = withPlace(arrival.part);
    const sets = this.#setsOf(handsetOf(arrival));
    const key = { ...place, sender: arrival.part.to, dataCoding: content.dataCoding };
    const judgement = judge(sets, key, number, content);
    if (judgement.kind === 'again') return;
    for (const { set, reason } of judgement.ends) this.#end(sets, set as KeptSet, reason);
    if (judgement.forgets) this.#forget(sets, judgement.forgets as KeptSet);
    const set = (judgement.set as KeptSet | null) ?? this.#begin(sets, arrival, key);
    set.parts.set(number, content);
    this.#added.push(this.#row(arrival, set, number, content));
    if (judgement.isWhole) this.#complete(sets, set, arrival);
  }

  #begin(sets: KeptSet[], { owner }: Arrival, key: PartSet['key']): KeptSet {
    const messageId = this.#river.ids.next();
    const set = { accountId: owner.accountId, messageId, key, dueAtMs: this.#dueAtMs, isTold: false, parts: new Map() };
    sets.push(set);
    return set;
  }

  #row(arrival: Arrival, set: KeptSet, number: number, content: NoticeContent): PartRow {
    const id = this.#river.ids.next();
    const message = storedArrival(arrival, { id, atMs: this.#nowMs, content, segments: 1 });
    const { segments: _, expiresAtMs: __, ...row } = sealMessage(this.#river.vault, message, arrival.carrierId);
    const { numbering, reference, total } = set.key;
    const { messageId, dueAtMs } = set;
    const place = { numbering, reference, total, number };
    return { ...row, ...place, messageId, dueAtMs, receivedAtMs: this.#nowMs, isTold: false };
  }

  /** The last part is here. What does not fit together is handed on part by part. */
  #complete(sets: KeptSet[], set: KeptSet, arrival: Arrival): void {
    const numbers = Array.from({ length: set.key.total }, (_, at) => set.parts.get(at + 1));
    const contents = numbers.filter((content) => content != null);
    const content = contents.length === numbers.length ? join(contents) : null;
    if (content === null) return this.#end(sets, set, 'not joined');
    const { messageId: id, key } = set;
    const message = storedArrival(arrival, { id, atMs: this.#nowMs, content, segments: key.total });
    const row = sealMessage(this.#river.vault, message, arrival.carrierId);
    const { owner, handset } = arrival;
    const notice = noticeOfArrival({ owner, handset, sender: key.sender }, id, this.#nowMs, content);
    this.#wholes.push({ row, debt: this.#river.notices.owe(notice, true) });
    this.#told.push(set);
    set.isTold = true;
  }

  #end(sets: KeptSet[], set: KeptSet, reason: string): void {
    const { accountId, messageId } = set;
    this.#river.log.info('inbound_parts_ended', { account: accountId, message: idText(messageId), reason });
    this.#ended.push(set);
    this.#drop(sets, set);
  }

  #forget(sets: KeptSet[], set: KeptSet): void {
    this.#forgotten.push(set);
    this.#drop(sets, set);
  }

  #drop(sets: KeptSet[], set: KeptSet): void {
    const at = sets.indexOf(set);
    must(at >= 0, 'what is dropped was kept');
    sets.splice(at, 1);
  }
}
