import type { Cutting, PlaceInWhole } from '../../carriers/index.ts';
import { carriesHeader, countSegments, cutSegments, MAX_SEGMENTS } from '../../wire/text/segments.ts';
import { readHeader } from '../../wire/text/user-data-header.ts';
import { classes } from '../classes.ts';
import { type Message, Part } from '../message.ts';
import type { PartRow } from '../message-store.ts';

/** A text and what stands in the header of each of its parts. */
interface Content {
  readonly text: Buffer;
  readonly elements: Buffer;
}

const NOTHING = Buffer.alloc(0);

function contentOf({ octets, hasHeader }: Message): Content {
  if (!hasHeader) return { text: octets!, elements: NOTHING };
  const { bytes } = readHeader(octets!);
  return { text: octets!.subarray(bytes), elements: octets!.subarray(1, bytes) };
}

/**
 * How it is cut. Beside a header of the text's own SMSCs read sar_* and message_payload in different ways, so the
 * number stands in the header then; a longer number leaves less room, and where that makes too many parts it is the shorter.
 */
function cuttingOf({ cutting, dataCoding }: Message, { text, elements }: Content): Cutting {
  if (elements.length > 0 && (cutting === 'sar' || cutting === 'whole')) return 'header-8';
  if (cutting !== 'header-16') return cutting;
  return countSegments(text, dataCoding, { cutting, elements }) > MAX_SEGMENTS ? 'header-8' : cutting;
}

/** In how many parts a message goes to a carrier that wants them cut in the message's way. */
export function countParts(message: Message): number {
  if (message.segments === 1 || message.cutting === 'header-8') return message.segments;
  const content = contentOf(message);
  const cutting = cuttingOf(message, content);
  if (cutting === 'whole') return 1;
  return countSegments(content.text, message.dataCoding, { cutting, elements: content.elements });
}

/** The low bits of the id: every cut of the same message is the same, and one with fewer bits agrees with one of more. */
const referenceOf = ({ id }: Message): number => id.readUInt16BE(id.length - 2);

/** Cuts a message into its parts, and puts those on record where their record says they are. */
export function cut(message: Message, recorded: readonly PartRow[] = []): void {
  recallAll(message, message.segments === 1 ? [whole(message)] : partsOf(message), recorded);
}

/**
 * The same of a message that cannot be opened any more: its parts without their text, so that receipts still find them.
 * They are those on record, and where it is in doubt also those that may have left without one.
 */
export function cutTextless(message: Message, recorded: readonly PartRow[], isDoubtful: boolean): void {
  const isWhole =
    message.segments === 1 || recorded.some(({ segment, reference }) => segment === 0 && reference !== null);
  const last = Math.max(isDoubtful && !isWhole ? message.segments : 0, ...recorded.map(({ segment }) => segment));
  const segments = last === 0 ? [0] : Array.from({ length: last }, (_, at) => at + 1);
  const parts = segments.map((segment) => new Part(message, segment, NOTHING, false));
  recallAll(message, parts, recorded);
}

function recallAll(message: Message, parts: Part[], recorded: readonly PartRow[]): void {
  message.parts = parts;
  for (const row of recorded) recall(message, row);
  message.partsOpen = message.parts.filter((part) => part.state === 'here').length;
}

const whole = (message: Message): Part => new Part(message, 0, message.octets!, message.hasHeader);

function partsOf(message: Message): Part[] {
  const content = contentOf(message);
  const reference = referenceOf(message);
  const options = { cutting: cuttingOf(message, content), elements: content.elements };
  const pieces = cutSegments(content.text, message.dataCoding, reference, options);
  if (pieces.length === 1) return [whole(message)];
  const hasHeader = carriesHeader(pieces.length, options);
  const total = pieces.length;
  return pieces.map((piece, at) => {
    const place: PlaceInWhole | null = options.cutting === 'sar' ? { reference, total, number: at + 1 } : null;
    return new Part(message, at + 1, piece, hasHeader, place);
  });
}

function recall(message: Message, { segment, state, reference }: PartRow): void {
  const part = message.parts.find((candidate) => candidate.segment === segment);
  if (!part) return;
  if (state === 'sent') {
    part.state = 'sent';
    part.reference = reference;
  }
  if (part.state === 'here' && state === 'in_doubt' && !classes[message.class].resendsInDoubt) part.state = 'doubted';
  if (state === 'delivered' || state === 'undelivered' || state === 'expired') part.receipt = state;
}

/**
 * How a message is cut for the carrier that is to have it now. Where another has some of its parts already, the rest must fit
 * to them at the handset: they are cut at the same places, behind a header that counts as the other carrier's did.
 */
export function cuttingFor(
  now: Cutting,
  recorded: readonly PartRow[],
  ofCarrier: (carrierId: number) => Cutting | null,
): Cutting {
  const gone = recorded.find(({ segment, state }) => segment > 0 && (state === 'sent' || state === 'in_doubt'));
  const then = gone && ofCarrier(gone.carrierId);
  if (!then || then === now) return now;
  return then === 'header-16' ? 'header-16' : 'header-8';
}
