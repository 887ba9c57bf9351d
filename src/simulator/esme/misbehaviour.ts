import type { Dice } from '../../base/dice.ts';
import type { CommandName } from '../../wire/smpp/commands.ts';
import type { PduFields } from '../../wire/smpp/pdus.ts';
import type { StatusName } from '../../wire/smpp/statuses.ts';
import type { Tlvs } from '../../wire/smpp/tlvs.ts';
import { type Header, pdu } from '../octets.ts';

/** What a run of misbehaviours is given. */
export interface Asked {
  readonly systemId: string;
  /** At most 8 characters, as SMPP wants it. */
  readonly password: string;
  /** A sender the server takes, and a handset it may send to. */
  readonly from: string;
  readonly to: string;
  /** How often is done what is done often. */
  readonly count: number;
  readonly dice: Dice;
}

/** How it takes what the server asks; what is left out, it answers as it should. */
export interface Manner {
  readonly enquireLink?: 'ignore' | 'another sequence';
  readonly deliver?: 'ignore' | 'late' | 'refuse' | 'nack' | 'twice';
}

/** What must come as the answer to one of our sequence_numbers. A name is the command_status that SMPP gives for it. */
export type Wanted = 'accepted' | 'refused' | 'any' | readonly StatusName[];

/** One step of a plan. Nothing here touches a socket: `play.ts` does. */
export type Step =
  | { readonly step: 'send'; readonly bytes: Buffer }
  /** One octet at a time. */
  | { readonly step: 'trickle'; readonly bytes: Buffer }
  /** Waits for the answer to this sequence_number. */
  | { readonly step: 'answer'; readonly sequence: number; readonly wanted: Wanted }
  /** Waits until this has come from the server so many times; where it `mayLeave`, the end of the connection will do. */
  | { readonly step: 'hear'; readonly name: CommandName; readonly times: number; readonly mayLeave?: true }
  | { readonly step: 'manner'; readonly manner: Manner }
  | { readonly step: 'deafen' }
  /** Sends the same until the other side takes no more, at most 64 MiB. */
  | { readonly step: 'flood'; readonly bytes: Buffer }
  /** Lets as long pass as a late answer takes. */
  | { readonly step: 'be late' }
  /** Goes, with a reset or without. */
  | { readonly step: 'cut' }
  | { readonly step: 'end' };

/**
 * What must be at the end of the plan: the server has ended the connection; it has not, and answers enquire_link; either;
 * or we have gone ourselves.
 */
export type End = 'closed' | 'open' | 'either' | 'gone';

/** One row of the table of bad applications: what it does, and what a sound server does about it. */
export interface Misbehaviour {
  readonly name: string;
  readonly does: string;
  readonly sound: string;
  /** How many connections play the plan: one by one, or at once. One where it is left out. */
  readonly connections?: 'one by one' | 'at once';
  readonly end: End;
  /** The event in the log of a Sallyport that is treated like this, where it has one of its own. */
  readonly log?: string;
  plan(asked: Asked): readonly Step[];
}

export const send = (bytes: Buffer): Step => ({ step: 'send', bytes });
export const trickle = (bytes: Buffer): Step => ({ step: 'trickle', bytes });
export const answer = (sequence: number, wanted: Wanted): Step => ({ step: 'answer', sequence, wanted });
export const manner = (wanted: Manner): Step => ({ step: 'manner', manner: wanted });

type BindName = 'bind_transceiver' | 'bind_transmitter' | 'bind_receiver';
export const BIND_SEQUENCE = 1;
const VERSION = 0x34;

export const bindPdu = (asked: Asked, as: BindName = 'bind_transceiver', about: Partial<PduFields<BindName>> = {}) =>
  pdu(
    as,
    { system_id: asked.systemId, password: asked.password, interface_version: VERSION, ...about },
    { sequence: BIND_SEQUENCE },
  );

/** Binds, and waits until it is bound. */
export const bound = (asked: Asked, as: BindName = 'bind_transceiver'): readonly Step[] => [
  send(bindPdu(asked, as)),
  answer(BIND_SEQUENCE, 'accepted'),
];

export type MessageFields = Partial<PduFields<'submit_sm'>>;

/** A submit_sm of a short text, but for what is said otherwise. */
export const submitPdu = (
  asked: Asked,
  sequence: number,
  about: MessageFields = {},
  more: Omit<Header, 'sequence'> & { readonly tlvs?: Tlvs } = {},
): Buffer =>
  pdu(
    'submit_sm',
    {
      source_addr: asked.from,
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: asked.to,
      short_message: Buffer.from('hello'),
      ...about,
    },
    { sequence, ...more },
  );

/** The numbers from one to `count`. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
