import { must } from '../../base/must.ts';
import { type CommandName, commands, isResponse } from './commands.ts';
import { bodyBytesMax, encodeBody, encodeTlvs, tlvsBytes } from './encode.ts';
import { HEADER_BYTES } from './header.ts';
import { OctetWriter } from './octet-writer.ts';
import { type PduFields, pdus } from './pdus.ts';
import { TLV_HEADER_BYTES } from './tlv-stream.ts';
import { type Tlvs, tlvs as tlvTable } from './tlvs.ts';

const FIRST_SLAB_BYTES = 4096;
const SLAB_BYTES_MAX = 65_536;
const { message_id } = pdus.submit_sm_resp;
const body = pdus.submit_sm;
const dataBody = pdus.data_sm;
const { congestion_state, message_payload } = tlvTable;
const MESSAGE_BYTES_MAX = HEADER_BYTES + bodyBytesMax(body);
const DATA_BYTES_MAX = HEADER_BYTES + bodyBytesMax(dataBody) + TLV_HEADER_BYTES;
const RESPONSE_BYTES_MAX = HEADER_BYTES + message_id.max + TLV_HEADER_BYTES + congestion_state.value.bytes;

/** A submit_sm, deliver_sm or data_sm to be written; make one and reuse it. */
export interface OutgoingMessage {
  /** At most 5 characters; '' for the default. */
  serviceType: string;
  sourceTon: number;
  sourceNpi: number;
  source: string;
  destinationTon: number;
  destinationNpi: number;
  destination: string;
  esmClass: number;
  protocolId: number;
  priorityFlag: number;
  /** '' for at once. */
  scheduleDeliveryTime: string;
  /** '' for the default of the other side. */
  validityPeriod: string;
  registeredDelivery: number;
  replaceIfPresent: number;
  dataCoding: number;
  /** sm_default_msg_id: the text that the other side keeps under this number. */
  defaultMessageId: number;
  /** At most 254 octets, or a Latin-1 string of at most as many characters; in a data_sm 65,535. */
  text: Buffer | string;
}

export const outgoingMessage = (): OutgoingMessage => ({
  serviceType: '',
  sourceTon: 0,
  sourceNpi: 0,
  source: '',
  destinationTon: 0,
  destinationNpi: 0,
  destination: '',
  esmClass: 0,
  protocolId: 0,
  priorityFlag: 0,
  scheduleDeliveryTime: '',
  validityPeriod: '',
  registeredDelivery: 0,
  replaceIfPresent: 0,
  dataCoding: 0,
  defaultMessageId: 0,
  text: '',
});

/**
 * Writes PDUs one behind the other into slabs; `take` gives what has gathered. `onFirst` is called when the first PDU
 * after a `take` is begun, so that its owner can plan to send. A slab that is filled between two takes is followed by one
 * of twice the size, so that an idle session holds 4 KiB and a busy one writes 64 KiB at a time.
 */
export class PduWriter {
  readonly #out = new OctetWriter();
  readonly #onFirst: () => void;
  #full: Buffer[] = [];
  /** What is whole and not taken lies in the slab from here … */
  #from = 0;
  /** … to here. What a broken invariant has left unfinished lies behind it, and is written over. */
  #end = 0;
  #slabBytes = FIRST_SLAB_BYTES / 2;
  #isEmpty = true;

  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
  }

  /**
   * Any PDU by its table. A response with an error carries no body (SMPP 3.4 §4.1.2, §4.4.2), unless TLVs follow: without
   * the parameters before them they could not be found.
   */
  write<Name extends CommandName>(
    name: Name,
    status: number,
    sequence: number,
    fields: Partial<PduFields<Name>> = {},
    tlvs: Tlvs = {},
  ): void {
    const id = commands[name];
    const tlvBytes = tlvsBytes(tlvs);
    this.#begin(HEADER_BYTES + bodyBytesMax(pdus[name]) + tlvBytes);
    if (status === 0 || tlvBytes > 0 || !isResponse(id)) encodeBody(this.#out, pdus[name], fields);
    encodeTlvs(this.#out, tlvs);
    this.#finish(id, status, sequence);
  }

  genericNack(status: number, sequence: number): void {
    this.#begin(HEADER_BYTES);
    this.#finish(commands.generic_nack, status, sequence);
  }

  /** `messageId` is left out when `status` is an error. The congestion_state is for peers of SMPP 5.0 alone. */
  submitSmResp(status: number, sequence: number, messageId: string, congestionState: number | null = null): void {
    this.#begin(RESPONSE_BYTES_MAX);
    const out = this.#out;
    if (status === 0) out.cString(messageId, message_id.max);
    if (congestionState !== null) {
      if (status !== 0) out.u8(0); // without a message_id before it, it could not be found
      out.u16(congestion_state.tag);
      out.u16(congestion_state.value.bytes);
      out.u8(congestionState);
    }
    this.#finish(commands.submit_sm_resp, status, sequence);
  }

  /** Its message_id is unused and NULL (SMPP 3.4 §4.6.2). */
  deliverSmResp(status: number, sequence: number): void {
    this.#begin(RESPONSE_BYTES_MAX);
    if (status === 0) this.#out.u8(0);
    this.#finish(commands.deliver_sm_resp, status, sequence);
  }

  submitSm(sequence: number, message: Readonly<OutgoingMessage>, tlvs: Tlvs | null = null): void {
    this.#message(commands.submit_sm, sequence, message, tlvs);
  }

  deliverSm(sequence: number, message: Readonly<OutgoingMessage>, tlvs: Tlvs | null = null): void {
    this.#message(commands.deliver_sm, sequence, message, tlvs);
  }

  /** The text goes in message_payload, and the times and flags that data_sm does not have are left out (SMPP 3.4 §4.7.1). */
  dataSm(sequence: number, message: Readonly<OutgoingMessage>, tlvs: Tlvs | null = null): void {
    must(message.text.length <= message_payload.value.max, 'a payload fits its TLV');
    this.#begin(DATA_BYTES_MAX + message.text.length + (tlvs === null ? 0 : tlvsBytes(tlvs)));
    const out = this.#out;
    out.cString(message.serviceType, dataBody.service_type.max);
    out.u8(message.sourceTon);
    out.u8(message.sourceNpi);
    out.cString(message.source, dataBody.source_addr.max);
    out.u8(message.destinationTon);
    out.u8(message.destinationNpi);
    out.cString(message.destination, dataBody.destination_addr.max);
    out.u8(message.esmClass);
    out.u8(message.registeredDelivery);
    out.u8(message.dataCoding);
    if (message.text.length > 0) {
      out.u16(message_payload.tag);
      out.u16(message.text.length);
      out.octets(message.text);
    }
    if (tlvs !== null) encodeTlvs(out, tlvs);
    this.#finish(commands.data_sm, 0, sequence);
  }

  /** What has gathered since the last time, in order. The buffers are the caller's. */
  take(): Buffer[] {
    const parts = this.#full;
    if (this.#end > this.#from) parts.push(this.#out.bytes.subarray(this.#from, this.#end));
    this.#full = [];
    this.#from = this.#end;
    this.#isEmpty = true;
    return parts;
  }

  /** Its fields are written out one by one: a call for the addresses they share with data_sm costs 0.02 µs. */
  #message(command: number, sequence: number, message: Readonly<OutgoingMessage>, tlvs: Tlvs | null): void {
    must(message.text.length <= body.short_message.max, 'a short message fits its PDU');
    this.#begin(MESSAGE_BYTES_MAX + (tlvs === null ? 0 : tlvsBytes(tlvs)));
    const out = this.#out;
    out.cString(message.serviceType, body.service_type.max);
    out.u8(message.sourceTon);
    out.u8(message.sourceNpi);
    out.cString(message.source, body.source_addr.max);
    out.u8(message.destinationTon);
    out.u8(message.destinationNpi);
    out.cString(message.destination, body.destination_addr.max);
    out.u8(message.esmClass);
    out.u8(message.protocolId);
    out.u8(message.priorityFlag);
    out.cString(message.scheduleDeliveryTime, body.schedule_delivery_time.max);
    out.cString(message.validityPeriod, body.validity_period.max);
    out.u8(message.registeredDelivery);
    out.u8(message.replaceIfPresent);
    out.u8(message.dataCoding);
    out.u8(message.defaultMessageId);
    out.u8(message.text.length);
    out.octets(message.text);
    if (tlvs !== null) encodeTlvs(out, tlvs);
    this.#finish(command, 0, sequence);
  }

  #begin(bytesMax: number): void {
    if (this.#end + bytesMax > this.#out.bytes.length) this.#nextSlab(bytesMax);
    if (this.#isEmpty) {
      this.#isEmpty = false;
      this.#onFirst();
    }
    this.#out.at = this.#end + HEADER_BYTES;
  }

  #finish(command: number, status: number, sequence: number): void {
    const out = this.#out;
    const end = out.at;
    out.at = this.#end;
    out.u32(end - this.#end);
    out.u32(command);
    out.u32(status);
    out.u32(sequence);
    this.#end = end;
  }

  #nextSlab(bytesMax: number): void {
    if (this.#from === 0) this.#slabBytes = Math.min(SLAB_BYTES_MAX, this.#slabBytes * 2);
    if (this.#end > this.#from) this.#full.push(this.#out.bytes.subarray(this.#from, this.#end));
    this.#out.bytes = Buffer.allocUnsafeSlow(Math.max(this.#slabBytes, bytesMax));
    this.#end = this.#from = 0;
  }
}
