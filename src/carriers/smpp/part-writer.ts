import type { Clock } from '../../base/clock.ts';
import { senderKind } from '../../wire/number/sender.ts';
import { type OutgoingMessage, outgoingMessage, type PduWriter } from '../../wire/smpp/pdu-writer.ts';
import { splitTlvs } from '../../wire/smpp/raw-tlvs.ts';
import { statuses } from '../../wire/smpp/statuses.ts';
import { formatSmppSpan, formatSmppTime } from '../../wire/smpp/times.ts';
import type { Tlvs } from '../../wire/smpp/tlvs.ts';
import { hasTlv, VERSION_3_3, type Version } from '../../wire/smpp/version.ts';
import type { OutboundPart } from '../carrier.ts';
import { forCarrier } from './alphabet.ts';
import { USER_DATA_HEADER } from './inbound-part.ts';
import type { LinkSettings } from './settings.ts';

const SHORT_MESSAGE_BYTES = 254;
/** What one SMS holds: 140 octets, or 160 septets of one octet each. */
const SMS_BYTES = 140;
const SMS_SEPTETS = 160;

/** Writes parts as a carrier wants them. One for each bind; nothing is made anew for a plain message. */
export class PartWriter {
  /** The version that was agreed on. */
  version: Version;
  readonly #settings: LinkSettings;
  readonly #clock: Clock;
  readonly #message: OutgoingMessage;
  #spanSeconds = 0;
  #spanText = '';

  constructor(settings: LinkSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.version = settings.interfaceVersion;
    this.#message = {
      ...outgoingMessage(),
      destinationTon: settings.destination.ton,
      destinationNpi: settings.destination.npi,
      registeredDelivery: settings.registeredDelivery,
    };
  }

  /** Null when it is written; else the command_status that says why it cannot be, as if the carrier had. */
  write(out: PduWriter, sequence: number, part: OutboundPart): number | null {
    const { source, validityPeriod, serviceType, defaultAlphabet } = this.#settings;
    const message = this.#message;
    const from = source[senderKind(part.from) ?? 'alphanumeric'];
    message.sourceTon = from.ton;
    message.sourceNpi = from.npi;
    message.source = part.from;
    message.destination = part.to;
    message.esmClass = part.hasHeader ? USER_DATA_HEADER : 0;
    message.protocolId = part.protocolId;
    message.dataCoding = part.dataCoding;
    message.text = part.octets;
    if (part.dataCoding === 0 && defaultAlphabet !== 'gsm7') {
      const coded = forCarrier(part, defaultAlphabet);
      if (coded === null) return statuses.ESME_RINVDCS.value;
      message.dataCoding = coded.dataCoding;
      message.text = coded.octets;
    }
    if (validityPeriod !== 'none') message.validityPeriod = this.#validity(part.expiresAtMs);
    const tlvs = part.tlvs || part.place || this.#isLong() ? this.#tlvs(part) : null;
    if (tlvs && !this.#takes(tlvs)) return statuses.ESME_ROPTPARNOTALLWD.value;
    if (serviceType === '') out.submitSm(sequence, message, tlvs);
    else this.#writeWithService(out, sequence, tlvs);
    return null;
  }

  /** Whether it goes into message_payload: it does not fit elsewhere, or the carrier cuts what is longer than an SMS itself. */
  #isLong(): boolean {
    const { text, dataCoding } = this.#message;
    if (text.length <= SMS_BYTES) return false;
    if (text.length > SHORT_MESSAGE_BYTES) return true;
    return this.#settings.cutting === 'whole' && text.length > (dataCoding === 0 ? SMS_SEPTETS : SMS_BYTES);
  }

  #tlvs(part: OutboundPart): Tlvs {
    const tlvs: Tlvs = {};
    if (part.place) {
      tlvs.sar_msg_ref_num = part.place.reference;
      tlvs.sar_total_segments = part.place.total;
      tlvs.sar_segment_seqnum = part.place.number;
    }
    if (this.#isLong()) {
      tlvs.message_payload = this.#message.text as Buffer;
      this.#message.text = '';
    }
    if (part.tlvs) tlvs.unknown = splitTlvs(part.tlvs);
    return tlvs;
  }

  /** Decision 0022: no TLV goes to an SMSC whose version lacks it, and none is left out silently. */
  #takes({ unknown = [] }: Tlvs): boolean {
    return this.version !== VERSION_3_3 && unknown.every(({ tag }) => hasTlv(this.version, tag));
  }

  #writeWithService(out: PduWriter, sequence: number, tlvs: Tlvs | null): void {
    const { source, destination, text, ...message } = this.#message;
    const fields = {
      service_type: this.#settings.serviceType,
      source_addr_ton: message.sourceTon,
      source_addr_npi: message.sourceNpi,
      source_addr: source,
      dest_addr_ton: message.destinationTon,
      dest_addr_npi: message.destinationNpi,
      destination_addr: destination,
      esm_class: message.esmClass,
      protocol_id: message.protocolId,
      validity_period: message.validityPeriod,
      registered_delivery: message.registeredDelivery,
      data_coding: message.dataCoding,
      short_message: typeof text === 'string' ? Buffer.from(text, 'latin1') : text,
    };
    out.write('submit_sm', 0, sequence, fields, tlvs ?? {});
  }

  /** A relative time is the same text for all that have as many seconds left: it is made once. */
  #validity(expiresAtMs: number): string {
    if (this.#settings.validityPeriod === 'absolute') return formatSmppTime(expiresAtMs);
    const seconds = Math.max(1, Math.ceil((expiresAtMs - this.#clock.now()) / 1000));
    if (seconds !== this.#spanSeconds) {
      this.#spanSeconds = seconds;
      this.#spanText = formatSmppSpan(seconds * 1000);
    }
    return this.#spanText;
  }
}
