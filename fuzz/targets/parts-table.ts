import assert from 'node:assert/strict';
import type { Clock } from '../../src/base/clock.ts';
import type { Entropy } from '../../src/base/entropy.ts';
import { type Id, IdSource, idText } from '../../src/base/id.ts';
import type { InboundPart } from '../../src/carriers/index.ts';
import type { RiverContext } from '../../src/messages/context.ts';
import { OPEN_PER_HANDSET } from '../../src/messages/inbound/assembly.ts';
import { type Incoming, Keeping } from '../../src/messages/inbound/keeping.ts';
import { numberOf, partOf, withPlace } from '../../src/messages/inbound/numbered.ts';
import { openPart } from '../../src/messages/inbound/sealed-part.ts';
import type { FoundPart, LockedParts, PartRow, SetName, WholeRow } from '../../src/messages/inbound-parts-store.ts';
import type { NoticeContent } from '../../src/messages/notify/notice.ts';
import { decodeText } from '../../src/wire/text/encode.ts';
import { readHeader } from '../../src/wire/text/user-data-header.ts';
import { HandClock } from '../../test/support/hand-clock.ts';

const STEADY: Entropy = { fill: (target) => target.fill(7), fraction: () => 0.5 };
const ACCOUNT = 1;
const CARRIER = 1;
const SEAL = 0xa5;
export const HANDSETS = ['12025550177', '12025550178'] as const;
export const REASSEMBLY_MS = 600_000;

/** What is sealed here is marked and not encrypted: a body that was not opened is not taken for one that was. */
const vault = {
  sealedBytes: (bytes: number) => bytes + 1,
  digestInto: () => {},
  sealBodyInto(target: Buffer, at: number, _: unknown, octets: Buffer) {
    target[at] = SEAL;
    octets.copy(target, at + 1);
  },
  openBody(sealed: Buffer) {
    assert.equal(sealed[0], SEAL, 'what is opened was sealed');
    return Buffer.from(sealed.subarray(1));
  },
};

interface Row {
  readonly part: PartRow;
  dueAtMs: number;
  isTold: boolean;
}

/** The table of parts in memory, and what was handed on: the invariants stand here. */
export class Table {
  readonly #clock = new HandClock(1_900_000_000_000);
  readonly #river: RiverContext;
  #rows: Row[] = [];
  /** Messages that were handed on, whole or in parts, by their text. */
  readonly #handedOn = new Set<string>();
  /** All that is kept or was. */
  readonly #kept = new Set<string>();
  #batch: Incoming[] = [];

  constructor() {
    const clock = this.#clock as Clock;
    const river = {
      clock,
      vault,
      reassemblyMs: REASSEMBLY_MS,
      nodeId: 1,
      ids: new IdSource(clock, STEADY),
      notices: { owe: () => ({ rows: [], tell() {}, drop() {} }) },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    };
    this.#river = river as unknown as RiverContext;
  }

  /** One part more of the batch; what is no part is told as it is, elsewhere. */
  comes(part: InboundPart): void {
    const number = numberOf(part);
    if (number === null) return void partOf(withPlace(part));
    const { total } = number;
    assert.ok(total >= 2 && total <= 0xff && number.number >= 1 && number.number <= total, 'a number can be one');
    const alone = partOf(withPlace(part));
    assert.deepEqual(
      alone && { ...alone, numbering: number.numbering },
      { ...number },
      'a part alone says which it is',
    );
    const recipient = { accountId: ACCOUNT, id: HANDSETS.indexOf(part.handset as (typeof HANDSETS)[number]) + 1 };
    const arrival = {
      carrierId: CARRIER,
      part,
      owner: { accountId: ACCOUNT, id: 1 },
      handset: part.handset,
      recipient: recipient as unknown as Incoming['arrival']['recipient'],
    };
    this.#batch.push({ arrival, number, answer: () => {} });
  }

  async keeps(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length === 0) return;
    const keeping = new Keeping(this.#river, this.#found(), batch);
    await keeping.write(this.#locked());
    for (const { arrival } of batch) {
      const { part, recipient } = arrival;
      assert.ok(this.#kept.has(nameOf(recipient.id, part.to, withPlace(part))), 'a part that came is kept, or was');
    }
    this.#checkBounds();
  }

  /** Time passes, and what is not waited for any longer is handed on part by part. */
  passes(ms: number): void {
    this.#clock.advance(ms);
    this.#handOnDue();
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  #found(): FoundPart[] {
    const nowMs = this.#clock.now();
    return this.#rows
      .filter(({ dueAtMs }) => dueAtMs > nowMs)
      .map(({ part, dueAtMs, isTold }) => ({ ...part, codeEndsAtMs: null, dueAtMs, isTold }));
  }

  #locked(): LockedParts {
    const parts: Pick<LockedParts, 'add' | 'message' | 'told' | 'end' | 'remove'> = {
      add: async (rows) => {
        for (const row of rows) this.#add(row);
      },
      message: async (row) => this.#whole(row),
      told: async (sets) => {
        for (const row of this.#of(sets)) row.isTold = true;
      },
      end: async (sets, nowMs) => {
        for (const row of this.#of(sets)) row.dueAtMs = nowMs;
      },
      remove: async (sets) => this.#remove(sets),
    };
    return parts as unknown as LockedParts;
  }

  #of(sets: readonly SetName[]) {
    const names = new Set(sets.map(({ messageId }) => idText(messageId)));
    return this.#rows.filter(({ part }) => names.has(idText(part.messageId)));
  }

  #add(part: PartRow): void {
    const isThere = this.#rows.some(
      (row) => row.part.messageId.equals(part.messageId) && row.part.number === part.number,
    );
    assert.ok(!isThere, 'a message has a part once');
    this.#rows.push({ part, dueAtMs: part.dueAtMs, isTold: part.isTold });
    this.#kept.add(nameOf(part.recipientId, part.sender, contentOf(part)));
  }

  #whole(row: WholeRow): void {
    this.#once(row.id);
    const parts = this.#rows
      .filter(({ part }) => part.messageId.equals(row.id))
      .map(({ part }) => part)
      .toSorted((one, other) => one.number - other.number);
    const numbers = parts.map(({ number }) => number);
    assert.deepEqual(
      numbers,
      Array.from({ length: parts[0]!.total }, (_, at) => at + 1),
      'no part is missing',
    );
    assert.equal(row.segments, parts.length);
    for (const part of parts) {
      assert.deepEqual([part.sender, part.recipientId, part.total], [row.sender, row.recipientId, parts[0]!.total]);
    }
    const whole = contentOf(row);
    const pieces = parts.map(contentOf);
    if (whole.dataCoding === pieces[0]!.dataCoding && whole.hasHeader === hasMore(pieces[0]!))
      assert.deepEqual(bare(whole), Buffer.concat(pieces.map(bare)), 'a message is its parts in their order');
    else assert.equal(textOf(whole), pieces.map(textOf).join(''), 'text that is written anew says the same');
  }

  #remove(sets: readonly SetName[]): void {
    const gone = new Set(this.#of(sets));
    for (const { isTold } of gone) assert.ok(isTold, 'no part goes that was not handed on');
    this.#keep((row) => !gone.has(row));
  }

  #keep(isKept: (row: Row) => boolean): void {
    this.#rows = this.#rows.filter(isKept);
  }

  #handOnDue(): void {
    const nowMs = this.#clock.now();
    for (const { part, dueAtMs, isTold } of this.#rows) {
      if (dueAtMs > nowMs || isTold) continue;
      assert.ok(!this.#handedOn.has(idText(part.messageId)), 'what was told as a whole is not told in parts');
      this.#once(part.id);
    }
    this.#keep(({ dueAtMs }) => dueAtMs > nowMs);
  }

  #once(id: Id): void {
    assert.ok(!this.#handedOn.has(idText(id)), 'a message is handed on once');
    this.#handedOn.add(idText(id));
  }

  #checkBounds(): void {
    const nowMs = this.#clock.now();
    for (let recipientId = 1; recipientId <= HANDSETS.length; recipientId++) {
      const open = this.#rows.filter(
        ({ part, dueAtMs, isTold }) => part.recipientId === recipientId && !isTold && dueAtMs > nowMs,
      );
      const sets = new Set(open.map(({ part }) => idText(part.messageId)));
      assert.ok(sets.size <= OPEN_PER_HANDSET, 'a handset waits with a bounded number of messages');
    }
  }
}

const nameOf = (recipientId: number, sender: string, { octets, hasHeader, dataCoding }: NoticeContent): string =>
  `${recipientId} ${sender} ${hasHeader} ${dataCoding} ${octets.toString('latin1')}`;

const contentOf = (row: Pick<WholeRow, 'sealedBody' | 'dataCoding' | 'flags' | 'accountId' | 'id'>): NoticeContent =>
  openPart(vault as unknown as RiverContext['vault'], row as FoundPart, {} as Incoming['arrival']['recipient'])!;

/** Read without the reader under test. */
const bare = ({ octets, hasHeader }: NoticeContent): Buffer => (hasHeader ? octets.subarray(1 + octets[0]!) : octets);

/** Whether a header says more than which part it is: five octets, or six. */
const hasMore = ({ octets, hasHeader }: NoticeContent): boolean =>
  hasHeader && readHeader(octets).elements.some(({ id }) => id !== 0 && id !== 8);

const textOf = (content: NoticeContent): string =>
  decodeText(
    bare(content),
    content.dataCoding,
    content.hasHeader ? { shifts: readHeader(content.octets).shifts } : {},
  )!;
