import { FrameReader } from '../src/wire/smpp/frames.ts';
import { responseMessageId } from '../src/wire/smpp/header.ts';
import { MessageView } from '../src/wire/smpp/message-view.ts';
import { outgoingMessage, PduWriter } from '../src/wire/smpp/pdu-writer.ts';

/** What a submit_sm and its answer cost to write, and to read with all that is taken out of them: `node bench/codec.ts`. */
const ROUNDS = 10_000;
const PAIRS = 100;
const REPEATS = 11;
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

const message = {
  ...outgoingMessage(),
  source: '72345',
  destination: '12025550143',
  destinationTon: 1,
  destinationNpi: 1,
  registeredDelivery: 1,
  text: Buffer.alloc(160, 'The train to the coast leaves at nine. '),
};

function write(writer: PduWriter): readonly Buffer[] {
  for (let sequence = 1; sequence <= PAIRS; sequence++) {
    writer.submitSm(sequence, message);
    writer.submitSmResp(0, sequence, ID);
  }
  return writer.take();
}

const view = new MessageView();
let taken = 0;

function read(reader: FrameReader, parts: readonly Buffer[]): void {
  for (const part of parts) {
    reader.feed(part);
    while (reader.next() === 'handle') readOne(reader);
  }
}

function readOne({ command, bytes, at, length }: FrameReader): void {
  if (command === 4) {
    if (view.read(bytes, at, length) === null)
      taken += view.source.length + view.destination.length + view.copyText().length;
  } else taken += responseMessageId(bytes, at, length)?.length ?? 0;
}

/** CPU time of this process, so that what else the machine does counts little. */
function usPerPair(work: () => void): number {
  const start = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / (ROUNDS * PAIRS);
}

function median(work: () => void): number {
  const times = Array.from({ length: REPEATS }, () => usPerPair(work)).toSorted((a, b) => a - b);
  return times[(REPEATS - 1) / 2]!;
}

const [writer, reader] = [new PduWriter(() => undefined), new FrameReader(70_000)];
const parts = write(writer);
const writeUs = median(() => void write(writer));
const readUs = median(() => read(reader, parts));
console.table({ 'write µs/pair': writeUs, 'read µs/pair': readUs, 'both µs/pair': writeUs + readUs });
if (taken === 0) throw new Error('nothing was read');
