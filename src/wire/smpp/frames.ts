import { must } from '../../base/must.ts';
import { commandName } from './commands.ts';
import { commandId, commandLength, HEADER_BYTES, sequenceNumber } from './header.ts';
import { statuses } from './statuses.ts';

/** What to do with what has come so far; the details lie in the reader. Decoding has no fifth answer. */
export type FrameAnswer = 'wait' | 'handle' | 'nack' | 'hang-up';

/** What the first octets of a broken stream are, for the log: SMPP of another kind, or another protocol altogether. */
export type LooksLike = 'smpp' | 'http' | 'tls' | 'ssh' | 'amqp';

const LENGTH_BYTES = 4;
const PARTIAL_BYTES_KEPT = 4096;
const NO_BYTES = Buffer.alloc(0);

/** The first four octets of a stream, as text: HTTP request methods, the HTTP/2 preface, answers, SSH, AMQP. */
const PROTOCOLS: Readonly<Record<string, LooksLike>> = {
  'GET ': 'http',
  POST: 'http',
  'PUT ': 'http',
  HEAD: 'http',
  DELE: 'http',
  OPTI: 'http',
  PATC: 'http',
  CONN: 'http',
  TRAC: 'http',
  'PRI ': 'http',
  HTTP: 'http',
  'SSH-': 'ssh',
  AMQP: 'amqp',
};

/** A TLS record begins with its type, 22 for a handshake, and a version whose major number is 3 (RFC 8446 §5.1). */
function looksLike(bytes: Buffer, at: number): LooksLike {
  if (bytes[at] === 0x16 && bytes[at + 1] === 0x03) return 'tls';
  return PROTOCOLS[bytes.latin1Slice(at, at + LENGTH_BYTES)] ?? 'smpp';
}

/**
 * Cuts a stream into PDUs, in place: `feed` a chunk, then ask `next` until it says `wait`. Only what is left of a PDU at
 * the end of a chunk is copied, once, into a buffer no larger than that PDU, so that a chunk is never held for a rest.
 */
export class FrameReader {
  /** Where the PDU lies that `next` was about; valid until `next` is called again. */
  bytes: Buffer = NO_BYTES;
  at = 0;
  length = 0;
  command = 0;
  /** Of `nack` and `hang-up`: what to answer with. The sequence_number is 0 where it cannot be known. */
  status = 0;
  sequence = 0;
  looksLike: LooksLike = 'smpp';

  /** A longer command_length is not believed. */
  maxPduBytes: number;
  #chunk: Buffer = NO_BYTES;
  #chunkAt = 0;
  #partial: Buffer = NO_BYTES;
  #partialBytes = 0;
  #isBroken = false;

  constructor(maxPduBytes: number) {
    must(maxPduBytes >= HEADER_BYTES, 'a PDU has a header');
    this.maxPduBytes = maxPduBytes;
  }

  /** Whether the stream has come to the middle of a PDU. */
  get isMidPdu(): boolean {
    return this.#partialBytes > 0;
  }

  feed(chunk: Buffer): void {
    must(this.#chunkAt === this.#chunk.length, 'a chunk is read to its end before the next');
    this.#chunk = chunk;
    this.#chunkAt = 0;
  }

  next(): FrameAnswer {
    if (this.#isBroken) return this.#wait();
    return this.#partialBytes > 0 ? this.#nextFromPartial() : this.#nextFromChunk();
  }

  #nextFromChunk(): FrameAnswer {
    const at = this.#chunkAt;
    const available = this.#chunk.length - at;
    if (available < LENGTH_BYTES) return this.#keepRest(available, HEADER_BYTES);
    const length = commandLength(this.#chunk, at);
    if (length < HEADER_BYTES || length > this.maxPduBytes) return this.#hangUp(this.#chunk, at, available);
    if (available < length) return this.#keepRest(available, length);
    this.#chunkAt = at + length;
    return this.#frame(this.#chunk, at, length);
  }

  #nextFromPartial(): FrameAnswer {
    if (!this.#fillPartial(LENGTH_BYTES)) return this.#wait();
    const length = commandLength(this.#partial, 0);
    if (length < HEADER_BYTES || length > this.maxPduBytes) {
      this.#fillPartial(HEADER_BYTES);
      return this.#hangUp(this.#partial, 0, this.#partialBytes);
    }
    if (!this.#fillPartial(length)) return this.#wait();
    this.#partialBytes = 0;
    const whole = this.#partial;
    if (whole.length > PARTIAL_BYTES_KEPT) this.#partial = NO_BYTES;
    return this.#frame(whole, 0, length);
  }

  #frame(bytes: Buffer, at: number, length: number): FrameAnswer {
    this.bytes = bytes;
    this.at = at;
    this.length = length;
    this.command = commandId(bytes, at);
    if (commandName(this.command) !== null) return 'handle';
    this.status = statuses.ESME_RINVCMDID.value;
    this.sequence = sequenceNumber(bytes, at);
    return 'nack';
  }

  /** The command_length cannot be believed, so no later octet can be either. */
  #hangUp(bytes: Buffer, at: number, available: number): FrameAnswer {
    this.#isBroken = true;
    this.status = statuses.ESME_RINVCMDLEN.value;
    this.looksLike = looksLike(bytes, at);
    this.sequence = available >= HEADER_BYTES && this.looksLike === 'smpp' ? sequenceNumber(bytes, at) : 0;
    this.#chunk = this.#partial = NO_BYTES;
    this.#chunkAt = this.#partialBytes = 0;
    return 'hang-up';
  }

  #keepRest(available: number, bytesWanted: number): FrameAnswer {
    if (available > 0) {
      this.#reserve(bytesWanted);
      this.#copyToPartial(available);
    }
    return this.#wait();
  }

  #wait(): 'wait' {
    this.bytes = this.#chunk = NO_BYTES;
    this.#chunkAt = 0;
    return 'wait';
  }

  /** Whether the partial PDU has at least so many octets, after what the chunk can give. */
  #fillPartial(bytesWanted: number): boolean {
    const missing = bytesWanted - this.#partialBytes;
    if (missing <= 0) return true;
    this.#reserve(bytesWanted);
    const available = Math.min(missing, this.#chunk.length - this.#chunkAt);
    this.#copyToPartial(available);
    return available === missing;
  }

  #copyToPartial(byteCount: number): void {
    this.#chunk.copy(this.#partial, this.#partialBytes, this.#chunkAt, this.#chunkAt + byteCount);
    this.#partialBytes += byteCount;
    this.#chunkAt += byteCount;
  }

  #reserve(bytesWanted: number): void {
    if (this.#partial.length >= bytesWanted) return;
    const larger = Buffer.allocUnsafeSlow(bytesWanted);
    this.#partial.copy(larger, 0, 0, this.#partialBytes);
    this.#partial = larger;
  }
}
