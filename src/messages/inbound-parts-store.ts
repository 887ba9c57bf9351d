import type pg from 'pg';
import { type Audit, messageEntry } from '../audit/index.ts';
import { type Id, idText, idTimeMs, parseId } from '../base/id.ts';
import { must } from '../base/must.ts';
import { timeOf } from '../store/index.ts';
import type { PartNumber } from './inbound/numbered.ts';
import { states } from './states.ts';
import { AT_ONCE, type Due, MO } from './write-store.ts';

/** One person, as the parts of a handset are found and locked. */
export interface HandsetKey {
  readonly accountId: number;
  readonly recipientId: number;
}

/** A part as it is stored. */
export interface PartRow extends HandsetKey, PartNumber {
  readonly messageId: Id;
  /** The id of the message that it is where it is handed on alone. */
  readonly id: Id;
  readonly credentialId: number;
  readonly carrierId: number;
  readonly sender: string;
  readonly dataCoding: number;
  readonly flags: number;
  readonly receivedAtMs: number;
  readonly dueAtMs: number;
  readonly isTold: boolean;
  readonly sealedBody: Buffer;
}

/** A part that was read back; without its body where that was not asked for. */
export type FoundPart = Omit<PartRow, 'sealedBody'> & {
  readonly sealedBody: Buffer | null;
  readonly codeEndsAtMs: null;
};

/** The parts of one long message. */
export interface SetName {
  readonly accountId: number;
  readonly messageId: Id;
}

/** A whole message from a handset, as the row that is stored of it. */
export type WholeRow = Pick<
  PartRow,
  'accountId' | 'id' | 'recipientId' | 'credentialId' | 'carrierId' | 'sender' | 'dataCoding' | 'flags' | 'sealedBody'
> & { readonly segments: number; readonly expiresAtMs: number };

/** What is stored of a message beside its row. */
export interface MessageAbout {
  readonly nodeId: number;
  readonly class: number;
  readonly atMs: number;
  /** Of its sealed body. */
  readonly digest: Buffer;
}

interface RawPart {
  account_id: number;
  message_id: string;
  number: number;
  total: number;
  numbering: 0 | 8 | 16;
  part_reference: number;
  id: string;
  recipient_id: string;
  credential_id: number;
  carrier_id: number;
  sender: string;
  data_coding: number;
  flags: number;
  received_at: Date;
  due_at: Date;
  is_told: boolean;
  body: Buffer | null;
}

const COLUMNS = `p.account_id, p.message_id, p.number, p.total, p.numbering, p.part_reference, p.id, p.recipient_id,
  p.credential_id, p.carrier_id, p.sender, p.data_coding, p.flags, p.received_at, p.due_at, p.is_told`;

/** Held to the end of the transaction, in the order they are given in, so that two of these never wait for one another. */
const LOCK =
  'SELECT pg_advisory_xact_lock(account_id, hashint8(recipient_id)) FROM unnest($1::int4[], $2::int8[]) AS k(account_id, recipient_id)';

/** What is kept of some handsets and still waited for; bodies of those parts only whose number may be asked for. */
const OF_HANDSETS = `
  SELECT ${COLUMNS}, CASE WHEN EXISTS (SELECT FROM unnest($4::int8[], $5::text[], $6::int4[]) AS w(recipient_id, sender, part_reference)
    WHERE w.recipient_id = p.recipient_id AND w.sender = p.sender AND w.part_reference = p.part_reference) THEN p.body END AS body
  FROM inbound_part p JOIN unnest($1::int4[], $2::int8[]) AS k(account_id, recipient_id) USING (account_id, recipient_id)
  WHERE p.due_at > ${timeOf('$3')}`;

const INSERT_PARTS = `
  INSERT INTO inbound_part (account_id, message_id, number, total, numbering, part_reference, id, recipient_id, credential_id,
    carrier_id, sender, data_coding, flags, received_at, due_at, is_told, body)
  SELECT account_id, message_id, number, total, numbering, part_reference, id, recipient_id, credential_id, carrier_id, sender,
    data_coding, flags, ${timeOf('received_at')}, ${timeOf('due_at')}, false, body
  FROM unnest($1::int4[], $2::uuid[], $3::int2[], $4::int2[], $5::int2[], $6::int4[], $7::uuid[], $8::int8[], $9::int4[],
    $10::int4[], $11::text[], $12::int2[], $13::int2[], $14::float8[], $15::float8[], $16::bytea[])
    AS p(account_id, message_id, number, total, numbering, part_reference, id, recipient_id, credential_id, carrier_id, sender,
      data_coding, flags, received_at, due_at, body)`;

const SETS = 'unnest($1::int4[], $2::uuid[]) AS s(account_id, message_id)';
const OF_SETS = `SELECT ${COLUMNS}, CASE WHEN p.is_told THEN NULL ELSE p.body END AS body FROM inbound_part p
  JOIN ${SETS} USING (account_id, message_id) ORDER BY p.account_id, p.message_id, p.number`;
const END_SETS = `UPDATE inbound_part p SET due_at = ${timeOf('$3')} FROM ${SETS}
  WHERE p.account_id = s.account_id AND p.message_id = s.message_id`;
const SETS_TOLD = `UPDATE inbound_part p SET is_told = true FROM ${SETS}
  WHERE p.account_id = s.account_id AND p.message_id = s.message_id`;
const DELETE_SETS = `DELETE FROM inbound_part p USING ${SETS}
  WHERE p.account_id = s.account_id AND p.message_id = s.message_id`;

const DUE = `SELECT DISTINCT account_id, recipient_id, message_id FROM (
  SELECT account_id, recipient_id, message_id FROM inbound_part WHERE due_at <= ${timeOf('$1')}
  ORDER BY due_at LIMIT $2) d`;

/** Ends the oldest messages of the accounts that wait with more parts than they may. Mostly there are none: that is asked first. */
const END_BEYOND = `
  WITH full_accounts AS MATERIALIZED (
    SELECT account_id FROM inbound_part WHERE NOT is_told AND due_at > ${timeOf('$1')}
    GROUP BY account_id HAVING count(*) > $2),
  sets AS (
    SELECT account_id, message_id, count(*) AS parts FROM inbound_part JOIN full_accounts USING (account_id)
    WHERE NOT is_told AND due_at > ${timeOf('$1')} GROUP BY account_id, message_id),
  beyond AS (
    SELECT account_id, message_id FROM (
      SELECT account_id, message_id, sum(parts) OVER (PARTITION BY account_id ORDER BY message_id DESC) AS kept FROM sets) s
    WHERE kept > $2)
  UPDATE inbound_part p SET due_at = ${timeOf('$1')} FROM beyond b
  WHERE p.account_id = b.account_id AND p.message_id = b.message_id`;

const INSERT_MESSAGE = `
  INSERT INTO message (account_id, id, recipient_id, credential_id, carrier_id, node_id, direction, class, data_coding, flags,
    segments, hand_off, expires_at, sender, reference, body)
  VALUES ($1, $2, $3, $4, $5, $6, ${MO}, $7, $8, $9, $10, ${AT_ONCE}, ${timeOf('$11')}, $12, NULL, $13)`;
const INSERT_RECEIVED = `
  INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code)
  VALUES ($1, $2, ${timeOf('$3')}, ${states.received.number}, 0, $4, $5, 0)`;
const INSERT_DUE = `
  INSERT INTO waiting (account_id, message_id, what, state, credential_id, due_at, attempts, event_at, code)
  VALUES ($1, $2, $3, $4, $5, ${timeOf('$6')}, $7, ${timeOf('$8')}, $9)`;

/** The parts of long messages from handsets. What is done in one transaction is done while the handsets are locked. */
export class InboundPartsStore {
  readonly #pool: pg.Pool;
  readonly #audit: Audit;

  constructor(pool: pg.Pool, audit: Audit) {
    this.#pool = pool;
    this.#audit = audit;
  }

  /** Runs `work` in a transaction in which nobody else, on any node, touches the parts of these handsets. */
  async locked<T>(handsets: readonly HandsetKey[], work: (parts: LockedParts) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let isUsable = false;
    try {
      await client.query('BEGIN');
      await client.query({ name: 'inbound_lock', text: LOCK, values: columnsOf(handsets.toSorted(byHandset)) });
      const result = await work(new LockedParts(client, this.#audit));
      await client.query('COMMIT');
      isUsable = true;
      return result;
    } catch (error) {
      isUsable = await client.query('ROLLBACK').then(
        () => true,
        () => false,
      );
      throw error;
    } finally {
      client.release(!isUsable);
    }
  }

  /** The messages, of at most `limit` parts, that are not waited for any longer, with their handsets. */
  async due(nowMs: number, limit: number): Promise<(SetName & HandsetKey)[]> {
    const { rows } = await this.#pool.query<{ account_id: number; recipient_id: string; message_id: string }>({
      name: 'inbound_due',
      text: DUE,
      values: [nowMs, limit],
    });
    return rows.map((row) => ({
      accountId: row.account_id,
      recipientId: Number(row.recipient_id),
      messageId: parseId(row.message_id)!,
    }));
  }

  /** Ends the oldest messages of the accounts that have more than `most` parts of what is not whole. Returns how many parts. */
  async endBeyond(nowMs: number, most: number): Promise<number> {
    return (await this.#pool.query(END_BEYOND, [nowMs, most])).rowCount ?? 0;
  }
}

const byHandset = (one: HandsetKey, other: HandsetKey): number =>
  one.accountId - other.accountId || one.recipientId - other.recipientId;

const columnsOf = (handsets: readonly HandsetKey[]): unknown[] => [
  handsets.map(({ accountId }) => accountId),
  handsets.map(({ recipientId }) => recipientId),
];

const setColumns = (sets: readonly SetName[]): unknown[] => [
  sets.map(({ accountId }) => accountId),
  sets.map(({ messageId }) => idText(messageId)),
];

/** What may be done to the parts of handsets that are locked. */
export class LockedParts {
  readonly #client: pg.PoolClient;
  readonly #audit: Audit;

  constructor(client: pg.PoolClient, audit: Audit) {
    this.#client = client;
    this.#audit = audit;
  }

  /** What is waited for of these handsets. Bodies come for the numbers in `wanted` alone. */
  async ofHandsets(
    handsets: readonly HandsetKey[],
    nowMs: number,
    wanted: readonly Pick<PartRow, 'recipientId' | 'sender' | 'reference'>[],
  ): Promise<FoundPart[]> {
    const columns = [
      wanted.map(({ recipientId }) => recipientId),
      wanted.map(({ sender }) => sender),
      wanted.map(({ reference }) => reference),
    ];
    const values = [...columnsOf(handsets), nowMs, ...columns];
    return this.#parts({ name: 'inbound_of_handsets', text: OF_HANDSETS, values });
  }

  /** All parts of these messages; bodies of those that are not told. */
  ofSets(sets: readonly SetName[]): Promise<FoundPart[]> {
    return this.#parts({ name: 'inbound_of_sets', text: OF_SETS, values: setColumns(sets) });
  }

  async add(parts: readonly PartRow[]): Promise<void> {
    const columns: ((part: PartRow) => unknown)[] = [
      (part) => part.accountId,
      (part) => idText(part.messageId),
      (part) => part.number,
      (part) => part.total,
      (part) => part.numbering,
      (part) => part.reference,
      (part) => idText(part.id),
      (part) => part.recipientId,
      (part) => part.credentialId,
      (part) => part.carrierId,
      (part) => part.sender,
      (part) => part.dataCoding,
      (part) => part.flags,
      (part) => part.receivedAtMs,
      (part) => part.dueAtMs,
      (part) => part.sealedBody,
    ];
    const values = columns.map((column) => parts.map(column));
    await this.#client.query({ name: 'inbound_add', text: INSERT_PARTS, values });
  }

  /** Says until when these messages are waited for. */
  async end(sets: readonly SetName[], atMs: number): Promise<void> {
    await this.#client.query(END_SETS, [...setColumns(sets), atMs]);
  }

  /** Says that these messages are whole and told. */
  async told(sets: readonly SetName[]): Promise<void> {
    await this.#client.query(SETS_TOLD, setColumns(sets));
  }

  async remove(sets: readonly SetName[]): Promise<void> {
    await this.#client.query(DELETE_SETS, setColumns(sets));
  }

  /** Stores a message from a handset, that it arrived, what is owed because of it, and the entries of the audit log. */
  async message(row: WholeRow, about: MessageAbout, due: readonly Due[]) {
    const { accountId, carrierId } = row;
    const id = idText(row.id);
    const values = [accountId, id, row.recipientId, row.credentialId, carrierId, about.nodeId, about.class];
    const more = [row.dataCoding, row.flags, row.segments, row.expiresAtMs, row.sender, row.sealedBody];
    await this.#client.query({ name: 'inbound_message', text: INSERT_MESSAGE, values: [...values, ...more] });
    await this.#client.query(INSERT_RECEIVED, [accountId, id, about.atMs, about.nodeId, carrierId]);
    for (const owed of due) await this.#owe(owed);
    await this.#record(row, about);
  }

  /** The same two entries as those of a message that came in one part. */
  #record({ accountId, id: messageId, credentialId, carrierId }: WholeRow, about: MessageAbout): Promise<void> {
    const { nodeId, atMs, digest } = about;
    const common = { accountId, messageId, carrierId, nodeId };
    const accepted = { ...common, state: states.accepted.number, atMs: idTimeMs(messageId), credentialId };
    const received = { ...common, state: states.received.number, atMs };
    return this.#audit.record(this.#client, messageEntry(accepted, digest), messageEntry(received));
  }

  async #owe(due: Due): Promise<void> {
    const what = [due.what, states[due.state].number, due.credentialId, due.dueAtMs];
    const values = [due.accountId, idText(due.messageId), ...what, due.attempts, due.eventAtMs, due.code];
    await this.#client.query(INSERT_DUE, values);
  }

  async #parts(query: pg.QueryConfig): Promise<FoundPart[]> {
    return (await this.#client.query<RawPart>(query)).rows.map(toPart);
  }
}

function toPart(raw: RawPart): FoundPart {
  const messageId = parseId(raw.message_id);
  const id = parseId(raw.id);
  must(messageId && id, 'a stored part has its ids');
  return {
    accountId: raw.account_id,
    messageId,
    number: raw.number,
    total: raw.total,
    numbering: raw.numbering,
    reference: raw.part_reference,
    codeEndsAtMs: null,
    id,
    recipientId: Number(raw.recipient_id),
    credentialId: raw.credential_id,
    carrierId: raw.carrier_id,
    sender: raw.sender,
    dataCoding: raw.data_coding,
    flags: raw.flags,
    receivedAtMs: raw.received_at.getTime(),
    dueAtMs: raw.due_at.getTime(),
    isTold: raw.is_told,
    sealedBody: raw.body,
  };
}
