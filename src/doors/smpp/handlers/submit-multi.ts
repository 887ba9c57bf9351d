import { type Fault, fault } from '../../../base/fault.ts';
import { idText, inRun, runOf } from '../../../base/id.ts';
import { type Accepted, isFault, type OctetContent, type Submission } from '../../../messages/index.ts';
import { decode, isDecodeFault, type Pdu } from '../../../wire/smpp/decode.ts';
import type { PduFields } from '../../../wire/smpp/pdus.ts';
import { statuses } from '../../../wire/smpp/statuses.ts';
import { asSubmitSm } from '../as-submit-sm.ts';
import type { Session } from '../session.ts';
import { refusedStatus, submissionOf } from '../submission.ts';
import type { Handler } from './handler.ts';

const THROTTLED = statuses.ESME_RTHROTTLED.value;

type Multi = Extract<Pdu, { command: 'submit_multi' }>;
type Destination = Multi['fields']['dest_address'][number];
type SmeAddress = Extract<Destination, { dest_flag: 1 }>;
type Unsuccessful = PduFields<'submit_multi_resp'>['unsuccess_sme'][number];

/**
 * submit_multi (SMPP 3.4 §4.5): one text to many. Each destination is a message of its own; their ids are a run, and the
 * answer gives the id that names the run. Receipts bear that id too, and are told apart by the handset.
 */
export const submitMulti: Handler = (session, bytes, at, length, sequence) => {
  const pdu = decode(bytes, at, length);
  if (isDecodeFault(pdu)) return session.unreadable('submit_multi', pdu.status, sequence);
  if (pdu.command !== 'submit_multi') return;
  // What is refused as a whole counts as one message.
  const submission = commonOf(session, pdu);
  if (!('content' in submission) && !session.takesMessage()) return refuse(session, sequence, THROTTLED);
  if ('code' in submission) return refuse(session, sequence, refusedStatus(submission));
  if ('status' in submission) return refuse(session, sequence, submission.status);
  new Run(session, sequence, pdu.fields.dest_address).submit(submission);
};

/** What all have in common. A flag that would replace one message has no meaning for many. */
function commonOf(session: Session, { fields, tlvs }: Multi): Submission | Fault | { readonly status: number } {
  if (fields.replace_if_present_flag !== 0) return fault('unsupported_feature', { field: 'replace_if_present_flag' });
  const { dest_address: _, ...others } = fields;
  const view = asSubmitSm(others, tlvs);
  return isDecodeFault(view) ? view : submissionOf(view, session.credential!, session.deps.clock.now());
}

function refuse(session: Session, sequence: number, status: number): void {
  session.answer('submit_multi_resp', status, sequence);
}

/** The destinations of one submit_multi, until each has its answer. */
class Run {
  readonly #session: Session;
  readonly #sequence: number;
  readonly #destinations: readonly Destination[];
  readonly #refused: Unsuccessful[] = [];
  #unanswered = 0;
  #accepted: Accepted | null = null;

  constructor(session: Session, sequence: number, destinations: readonly Destination[]) {
    this.#session = session;
    this.#sequence = sequence;
    this.#destinations = destinations;
  }

  submit(common: Submission): void {
    const first = runOf(this.#session.deps.ids.next());
    const addresses = new Set<string>();
    this.#unanswered = this.#destinations.length;
    for (const [place, destination] of this.#destinations.entries()) {
      this.#session.asked();
      const refusal = this.#throttled() ?? refusalOf(destination, addresses);
      if (refusal !== null || destination.dest_flag !== 1) this.#answered(destination, refusal ?? 0);
      else {
        const submission = { ...common, ...own(common, destination), id: inRun(first, place) };
        this.#session.deps.messages.submit(submission, (answer) => this.#settled(destination, answer));
      }
    }
  }

  /** Each destination counts as a message, whatever becomes of it. */
  #throttled(): number | null {
    return this.#session.takesMessage() ? null : THROTTLED;
  }

  #settled(destination: Destination, answer: Accepted | Fault): void {
    if (isFault(answer)) return this.#answered(destination, refusedStatus(answer));
    this.#accepted = answer;
    this.#answered(destination, null);
  }

  /** The application is answered when all have their answer, and those that were accepted are durable. */
  #answered(destination: Destination, refusal: number | null): void {
    this.#session.answered();
    if (refusal !== null) this.#refused.push(unsuccessful(destination, this.#session.statusFor(refusal)));
    this.#unanswered--;
    if (this.#unanswered > 0) return;
    if (!this.#accepted) return refuse(this.#session, this.#sequence, this.#refused[0]!.error_status_code);
    const messageId = idText(runOf(this.#accepted.id));
    const fields = { message_id: messageId, unsuccess_sme: this.#refused };
    this.#session.answer('submit_multi_resp', 0, this.#sequence, fields);
  }
}

/** Distribution lists are not kept here. An address that comes twice could not be told apart by its receipt. */
function refusalOf(destination: Destination, addresses: Set<string>): number | null {
  if (destination.dest_flag !== 1) return statuses.ESME_RINVDLNAME.value;
  if (addresses.has(destination.destination_addr)) return statuses.ESME_RINVDSTADR.value;
  addresses.add(destination.destination_addr);
  return null;
}

/** Each message has octets of its own: what is done to one is not done to the others. */
function own(common: Submission, { destination_addr: to }: SmeAddress) {
  const content = common.content as OctetContent;
  return { to, content: { ...content, octets: Buffer.from(content.octets) }, isOneOfMany: true };
}

const unsuccessful = (destination: Destination, status: number): Unsuccessful => ({
  dest_addr_ton: destination.dest_flag === 1 ? destination.dest_addr_ton : 0,
  dest_addr_npi: destination.dest_flag === 1 ? destination.dest_addr_npi : 0,
  destination_addr: destination.dest_flag === 1 ? destination.destination_addr : destination.dl_name,
  error_status_code: status,
});
