import { messageClasses } from '../src/messages/contract.ts';
import { type MessageState, stateOf, states } from '../src/messages/states.ts';
import { asGateway } from './as-gateway.ts';
import type { Ledger } from './chaos-load.ts';

/** What the database has of a message. */
interface Record {
  readonly id: string;
  readonly class: (typeof messageClasses)[number];
  readonly state: MessageState;
  /** The carrier's, of every hand-over that was answered. */
  readonly references: readonly string[];
  readonly wasInDoubt: boolean;
}

export interface ChaosVerdict {
  /** Answered as accepted. */
  readonly accepted: number;
  /** Handed in and never answered, for the gateway was killed; stored or not. */
  readonly unanswered: number;
  readonly stored: number;
  readonly delivered: number;
  readonly wereInDoubt: number;
  /** One-time codes that stay in doubt: they may or may not have reached the carrier, and are not sent again. */
  readonly otpInDoubt: number;
  readonly reachedTwice: number;
  /** What must not be: all of these are 0. */
  readonly off: {
    /** Accepted, and not stored. */
    readonly notStored: number;
    /** Accepted, did not reach the carrier, and no state says why. */
    readonly lost: number;
    /** Reached the carrier more than once, without an event that says so. */
    readonly twiceSilently: number;
    /** A one-time code that reached the carrier more than once. */
    readonly otpTwice: number;
    /** Refused, and reached the carrier all the same. */
    readonly refusedButSent: number;
    /** Stored, without an end. */
    readonly withoutEnd: number;
    /** Ended, and the application was not told. */
    readonly withoutReceipt: number;
  };
}

const QUERY = `
  SELECT m.id, m.class, coalesce((array_agg(e.state ORDER BY (e.state >= 10) DESC, e.at DESC, e.state DESC))[1], 0) AS state,
    coalesce(array_agg(e.reference) FILTER (WHERE e.state = ${states.sent.number}), '{}') AS references,
    coalesce(bool_or(e.state = ${states.in_doubt.number}), false) AS was_in_doubt
  FROM message m LEFT JOIN message_event e ON e.account_id = m.account_id AND e.message_id = m.id
  GROUP BY m.account_id, m.id, m.class`;

export async function readRecords(dataFolder: string): Promise<Record[]> {
  const { rows } = await asGateway(dataFolder, (client) =>
    client.query<{
      id: string;
      class: number;
      state: number;
      references: string[];
      was_in_doubt: boolean;
    }>(QUERY),
  );
  return rows.map((row) => ({
    id: row.id,
    class: messageClasses[row.class]!,
    state: stateOf(row.state)!,
    references: row.references,
    wasInDoubt: row.was_in_doubt,
  }));
}

/** A one-time code whose hand-over is in doubt is not sent again, and has no other end than its receipt or its time. */
const explains = ({ class: messageClass, state }: Record): boolean =>
  messageClass === 'otp' && (state === 'in_doubt' || state === 'unknown');

export const isAtRest = (record: Record): boolean => states[record.state].final || explains(record);

/** What applications, carrier and database know must be one story. */
export function judge(
  ledger: Ledger,
  records: readonly Record[],
  carried: readonly (readonly [serial: number, references: readonly string[]])[],
): ChaosVerdict {
  const byId = new Map(records.map((record) => [record.id, record]));
  const byReference = new Map(records.flatMap((record) => record.references.map((reference) => [reference, record])));
  const atCarrier = new Map(carried);
  const accepted = [...ledger.accepted].map(([id, { serial }]) => ({ id, serial, record: byId.get(id) }));
  const bySerial = new Map(accepted.map(({ serial, record }) => [serial, record]));
  const recordOf = (serial: number, references: readonly string[]) =>
    bySerial.get(serial) ?? references.map((reference) => byReference.get(reference)).find(Boolean);
  const twice = carried.filter(([, references]) => references.length > 1);
  const isLost = ({ serial, record }: (typeof accepted)[number]) =>
    !atCarrier.has(serial) && !(record && explains(record));
  const isUntold = ({ id, record }: (typeof accepted)[number]) =>
    record && states[record.state].final && !ledger.receipted.has(id);
  return {
    accepted: accepted.length,
    unanswered: ledger.serials - accepted.length - ledger.refused.size,
    stored: records.length,
    delivered: records.filter(({ state }) => state === 'delivered').length,
    wereInDoubt: records.filter(({ wasInDoubt }) => wasInDoubt).length,
    otpInDoubt: records.filter(explains).length,
    reachedTwice: twice.length,
    off: {
      notStored: accepted.filter(({ record }) => !record).length,
      lost: accepted.filter(isLost).length,
      twiceSilently: twice.filter(([serial, references]) => !recordOf(serial, references)?.wasInDoubt).length,
      otpTwice: twice.filter(([serial]) => ledger.otp.has(serial)).length,
      refusedButSent: [...ledger.refused].filter((serial) => atCarrier.has(serial)).length,
      withoutEnd: records.filter((record) => !isAtRest(record)).length,
      withoutReceipt: accepted.filter(isUntold).length,
    },
  };
}
