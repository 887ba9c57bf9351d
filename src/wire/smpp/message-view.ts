import { type CString, type DecodeFault, decodeFault, pastNul } from './fields.ts';
import { HEADER_BYTES, readU16 } from './header.ts';
import { pdus } from './pdus.ts';
import { areSoundTlvs, findTlv, TLV_HEADER_BYTES } from './tlv-stream.ts';
import { tlvs } from './tlvs.ts';

const { service_type, source_addr, destination_addr, schedule_delivery_time, validity_period, short_message } =
  pdus.submit_sm;
const DATA_ADDRESS_MAX = pdus.data_sm.source_addr.max;
const MESSAGE_PAYLOAD = tlvs.message_payload.tag;
const NO_BYTES = Buffer.alloc(0);

const brokenField = (name: string, { broken }: Pick<CString, 'broken'>) => decodeFault(name, broken);
const BROKEN = {
  serviceType: brokenField('service_type', service_type),
  source: brokenField('source_addr', source_addr),
  destination: brokenField('destination_addr', destination_addr),
  schedule: brokenField('schedule_delivery_time', schedule_delivery_time),
  validity: brokenField('validity_period', validity_period),
  text: brokenField('short_message', short_message),
  length: decodeFault('command_length', 'ESME_RINVCMDLEN'),
  tlvs: decodeFault('optional_parameters', 'ESME_RINVOPTPARSTREAM'),
} as const;

/**
 * A submit_sm, deliver_sm or data_sm in place: one view, reused for PDU after PDU. `read` and `readData` find and check where
 * the fields lie; nothing is copied until it is asked for. What it gives as a subarray is valid as long as the bytes it was
 * read from.
 */
export class MessageView {
  #bytes: Buffer = NO_BYTES;
  #serviceAt = 0;
  #sourceAt = 0;
  #destinationAt = 0;
  #classAt = 0;
  #validityAt = 0;
  #flagsAt = 0;
  #codingAt = 0;
  #tlvsAt = 0;
  #end = 0;
  #textAt = 0;
  #textBytes = 0;
  /** A data_sm has neither times nor some of the flags (SMPP 3.4 §4.7.1); they read as 0 and ''. */
  #isData = false;

  /**
   * Reads a submit_sm or deliver_sm. Null when the PDU is sound from end to end; else what its sender is told. After a fault
   * the view means nothing.
   */
  read(bytes: Buffer, at: number, length: number): DecodeFault | null {
    const end = at + length;
    const fault = this.#readAddresses(bytes, at, end, source_addr.max, destination_addr.max);
    if (fault !== null) return fault;
    const scheduleEnd = pastNul(bytes, this.#classAt + 3, end, schedule_delivery_time.max);
    if (scheduleEnd < 0) return BROKEN.schedule;
    const validityEnd = pastNul(bytes, scheduleEnd, end, validity_period.max);
    if (validityEnd < 0) return BROKEN.validity;
    if (validityEnd + 5 > end) return BROKEN.length;
    this.#validityAt = scheduleEnd;
    this.#flagsAt = validityEnd;
    this.#codingAt = validityEnd + 2;
    this.#isData = false;
    return this.#readText(bytes, validityEnd + 5, end);
  }

  /** Reads a data_sm, whose text is its message_payload; with the answers of `read`. */
  readData(bytes: Buffer, at: number, length: number): DecodeFault | null {
    const end = at + length;
    const fault = this.#readAddresses(bytes, at, end, DATA_ADDRESS_MAX, DATA_ADDRESS_MAX);
    if (fault !== null) return fault;
    this.#flagsAt = this.#classAt + 1;
    this.#codingAt = this.#classAt + 2;
    this.#isData = true;
    this.#textAt = this.#tlvsAt = this.#classAt + 3;
    this.#textBytes = 0;
    if (this.#tlvsAt > end) return BROKEN.length;
    return this.#tlvsAt === end ? null : this.#readTlvs(bytes, end);
  }

  #readAddresses(
    bytes: Buffer,
    at: number,
    end: number,
    sourceMax: number,
    destinationMax: number,
  ): DecodeFault | null {
    const serviceEnd = pastNul(bytes, at + HEADER_BYTES, end, service_type.max);
    if (serviceEnd < 0) return BROKEN.serviceType;
    const sourceEnd = pastNul(bytes, serviceEnd + 2, end, sourceMax);
    if (sourceEnd < 0) return BROKEN.source;
    const destinationEnd = pastNul(bytes, sourceEnd + 2, end, destinationMax);
    if (destinationEnd < 0) return BROKEN.destination;
    this.#bytes = bytes;
    this.#end = end;
    this.#serviceAt = at + HEADER_BYTES;
    this.#sourceAt = serviceEnd + 2;
    this.#destinationAt = sourceEnd + 2;
    this.#classAt = destinationEnd;
    return null;
  }

  #readText(bytes: Buffer, textAt: number, end: number): DecodeFault | null {
    const textBytes = bytes[textAt - 1]!;
    if (textAt + textBytes > end) return BROKEN.text;
    this.#textAt = textAt;
    this.#textBytes = textBytes;
    this.#tlvsAt = textAt + textBytes;
    return this.#tlvsAt === end ? null : this.#readTlvs(bytes, end);
  }

  /** message_payload stands for short_message when sm_length is 0; both at once is an error (SMPP 3.4 §5.3.2.32). */
  #readTlvs(bytes: Buffer, end: number): DecodeFault | null {
    if (!areSoundTlvs(bytes, this.#tlvsAt, end)) return BROKEN.tlvs;
    const at = findTlv(bytes, this.#tlvsAt, end, MESSAGE_PAYLOAD);
    if (at < 0) return null;
    if (this.#textBytes > 0) return BROKEN.text;
    this.#textAt = at + TLV_HEADER_BYTES;
    this.#textBytes = readU16(bytes, at + 2);
    return null;
  }

  /** '' for the default. */
  get serviceType(): string {
    return this.#string(this.#serviceAt, this.#sourceAt - 3);
  }
  get sourceTon(): number {
    return this.#bytes[this.#sourceAt - 2]!;
  }
  get sourceNpi(): number {
    return this.#bytes[this.#sourceAt - 1]!;
  }
  get source(): string {
    return this.#bytes.latin1Slice(this.#sourceAt, this.#destinationAt - 3);
  }
  get destinationTon(): number {
    return this.#bytes[this.#destinationAt - 2]!;
  }
  get destinationNpi(): number {
    return this.#bytes[this.#destinationAt - 1]!;
  }
  get destination(): string {
    return this.#bytes.latin1Slice(this.#destinationAt, this.#classAt - 1);
  }
  get esmClass(): number {
    return this.#bytes[this.#classAt]!;
  }
  get protocolId(): number {
    return this.#isData ? 0 : this.#bytes[this.#classAt + 1]!;
  }
  get priorityFlag(): number {
    return this.#isData ? 0 : this.#bytes[this.#classAt + 2]!;
  }
  /** '' for at once. */
  get scheduleDeliveryTime(): string {
    return this.#isData ? '' : this.#string(this.#classAt + 3, this.#validityAt - 1);
  }
  /** '' for the default. */
  get validityPeriod(): string {
    return this.#isData ? '' : this.#string(this.#validityAt, this.#flagsAt - 1);
  }
  get registeredDelivery(): number {
    return this.#bytes[this.#flagsAt]!;
  }
  get replaceIfPresent(): number {
    return this.#isData ? 0 : this.#bytes[this.#flagsAt + 1]!;
  }
  get dataCoding(): number {
    return this.#bytes[this.#codingAt]!;
  }
  get defaultMessageId(): number {
    return this.#isData ? 0 : this.#bytes[this.#codingAt + 1]!;
  }
  get textBytes(): number {
    return this.#textBytes;
  }

  /** short_message, or message_payload in its stead: in place. */
  text(): Buffer {
    return this.#bytes.subarray(this.#textAt, this.#textAt + this.#textBytes);
  }

  /** The same, as a copy that lives on. */
  copyText(): Buffer {
    const copy = Buffer.allocUnsafe(this.#textBytes);
    this.#bytes.copy(copy, 0, this.#textAt, this.#textAt + this.#textBytes);
    return copy;
  }

  /** The same as a Latin-1 string: what the text of a receipt is read from. */
  latin1Text(): string {
    return this.#bytes.latin1Slice(this.#textAt, this.#textAt + this.#textBytes);
  }

  /** Whether any TLV follows the mandatory parameters. */
  get hasTlvs(): boolean {
    return this.#tlvsAt < this.#end;
  }

  /** All TLVs in the form of the wire, in place. */
  tlvOctets(): Buffer {
    return this.#bytes.subarray(this.#tlvsAt, this.#end);
  }

  /** The value of the first TLV with this tag, in place, or null. Its length is for the caller to check. */
  tlv(tag: number): Buffer | null {
    const at = findTlv(this.#bytes, this.#tlvsAt, this.#end, tag);
    if (at < 0) return null;
    return this.#bytes.subarray(at + TLV_HEADER_BYTES, at + TLV_HEADER_BYTES + readU16(this.#bytes, at + 2));
  }

  #string(from: number, end: number): string {
    return from === end ? '' : this.#bytes.latin1Slice(from, end);
  }
}
