import { parseTilePath, TILE_WIDTH } from '../../../audit/index.ts';
import { type Fault, fault } from '../../../base/fault.ts';
import { errorText } from '../../../base/log.ts';
import type { Administration } from '../administration.ts';
import type { AuditReading, VerifyWanted } from '../audit-reading.ts';
import { type Call, isFault } from '../call.ts';
import { type Route, route, type Who } from '../route.ts';
import * as schemas from '../schemas/audit.ts';
import { messageId } from '../schemas/message.ts';
import { closed, name } from '../schemas/shape.ts';
import { LINES, streamEntries } from './audit-stream.ts';
import { pathId } from './messages.ts';

const TEXT = 'text/plain; charset=utf-8';
const OCTETS = 'application/octet-stream';
/** A full tile never changes. It is for the auditor who asked, and not for caches that others share. */
const FOR_EVER = 'private, max-age=31536000, immutable';
/** Beyond a level, `x001/x234/067` and `.p/5`: room for 256 × 10^9 entries. */
const TILE_PARTS_MAX = 4;

const addresses = { audit: '/v1/audit', operator: '/v1/audit-log' } as const;

/**
 * The log as C2SP tlog-tiles lays it out, below a prefix: for auditors over HTTPS, and the same for the operator. Nothing
 * is given beyond the latest checkpoint, so all of it can be verified.
 */
export function logRoutes(log: AuditReading, who: keyof typeof addresses & Who): readonly Route[] {
  const prefix = addresses[who];
  return [
    noteRoute('checkpoint', who, 'The latest checkpoint of the audit log, with the cosignatures there are of it.', () =>
      log.checkpoint(),
    ),
    noteRoute('checkpoint/witnessed', who, 'The latest checkpoint that enough witnesses have cosigned.', () =>
      log.witnessedCheckpoint(),
    ),
    route({
      method: 'GET',
      path: `${prefix}/key`,
      who,
      summary: 'The key that checkpoints are verified with. Keep it where the gateway cannot change it.',
      shape: { answers: { 200: schemas.verifierKey } },
      faults: [],
      mediaType: 'text/plain',
      handle(call) {
        call.reply.type(TEXT);
        call.answer(200, log.verifier);
      },
    }),
    ...Array.from({ length: TILE_PARTS_MAX }, (_, at) => tileRoute(log, who, at + 1)),
  ];
}

const noteRoute = (
  path: string,
  who: keyof typeof addresses & Who,
  summary: string,
  find: () => Promise<string | null>,
): Route =>
  route({
    method: 'GET',
    path: `${addresses[who]}/${path}`,
    who,
    summary,
    shape: { answers: { 200: schemas.note } },
    faults: ['not_found'],
    mediaType: 'text/plain',
    handle: (call) => call.after(boxed(find()), (note) => give(call, note, TEXT)),
  });

/** Paths of tiles have as many parts as their numbers have thousands, and one more where the tile is not full. */
function tileRoute(log: AuditReading, who: keyof typeof addresses & Who, partCount: number): Route {
  const parts = Array.from({ length: partCount }, (_, at) => `n${at + 1}`);
  const properties = Object.fromEntries(parts.map((part) => [part, schemas.tilePart]));
  return route({
    method: 'GET',
    path: `${addresses[who]}/tile/{level}/${parts.map((part) => `{${part}}`).join('/')}`,
    who,
    summary: 'A tile of hashes, or of entries: up to 256 of them.',
    shape: { params: closed({ level: schemas.tileLevel, ...properties }), answers: { 200: schemas.octets } },
    faults: ['not_found'],
    mediaType: OCTETS,
    handle(call) {
      // As it was sent: a path that is spelt another way is another path.
      const tile = parseTilePath(call.request.raw.url?.slice(addresses[who].length + 1) ?? '');
      if (tile === null) return call.refuse(fault('not_found'));
      const isFull = tile.width === TILE_WIDTH;
      call.after(boxed(log.tile(tile, call.actor)), (octets) => give(call, octets, OCTETS, isFull));
    },
  });
}

/** What may be missing, as an object that a call can go on with. */
async function boxed<T extends string | Buffer>(
  finding: Promise<T | Fault | null>,
): Promise<{ readonly found: T | null } | Fault> {
  const found = await finding;
  return typeof found === 'object' && isFault(found) ? found : { found };
}

type Giving = Pick<
  Call<{ answers: { 200: typeof schemas.octets | typeof schemas.note } }>,
  'answer' | 'refuse' | 'reply'
>;

function give(call: Giving, { found }: { found: string | Buffer | null }, type: string, isForEver = false): void {
  if (found === null) return call.refuse(fault('not_found'));
  call.reply.type(type);
  if (isForEver) call.reply.header('cache-control', FOR_EVER);
  call.answer(200, found);
}

/** What the operator does with the log. `open` gathers how to end the streams that are open. */
export const auditRoutes = (
  log: AuditReading,
  administration: Administration,
  open: Set<() => void>,
): readonly Route[] => [
  ...logRoutes(log, 'operator'),
  route({
    method: 'GET',
    path: '/v1/audit-log/entries/{index}',
    who: 'operator',
    summary: 'Entries of the audit log from an index on, in words: 256 at most.',
    shape: { params: closed({ index: schemas.index }), answers: { 200: schemas.entries } },
    faults: [],
    handle: (call) =>
      call.after(log.entries(Number(call.params.index), call.actor), ({ size, entries }) =>
        call.answer(200, { size, entries: entries.map(shown) }),
      ),
  }),
  route({
    method: 'GET',
    path: '/v1/audit-log/entries/{index}/stream',
    who: 'operator',
    summary: 'Follow the audit log from an index on, in words: a line for each entry, also for those to come.',
    shape: { params: closed({ index: schemas.index }), answers: { 200: schemas.entry } },
    faults: [],
    mediaType: LINES,
    handle: (call) =>
      call.after(log.follow(Number(call.params.index), call.actor), (followed) => {
        void streamEntries(call, followed, open);
      }),
  }),
  route({
    method: 'GET',
    path: '/v1/audit-log/proofs/{index}',
    who: 'operator',
    summary: 'A proof that an entry is in the log, in a file that is verified offline.',
    shape: { params: closed({ index: schemas.index }), answers: { 200: schemas.proof } },
    faults: ['not_found'],
    mediaType: 'text/plain',
    handle: (call) =>
      call.after(boxed(log.proofFile(Number(call.params.index), call.actor)), (proof) => give(call, proof, TEXT)),
  }),
  route({
    method: 'POST',
    path: '/v1/audit-log/verification',
    who: 'operator',
    summary: 'Go through the whole log and name the first wrong octet.',
    shape: { body: schemas.toVerify, answers: { 200: schemas.verified } },
    faults: ['throttled'],
    mediaType: LINES,
    handle: (call) => void verify(call, log, call.body),
  }),
  route({
    method: 'GET',
    path: '/v1/accounts/{account}/messages/{id}/timeline',
    who: 'operator',
    summary: 'Everything that is known of a message in the order of time, each with its index in the audit log.',
    shape: { params: closed({ account: name, id: messageId }), answers: { 200: schemas.timeline } },
    faults: ['message_not_found', 'not_found'],
    handle: (call) =>
      call.after(administration.actAs(call.params.account), ({ accountId }) =>
        call.after(log.timeline(accountId, pathId(call.params.id), call.actor), ({ entries, ...rest }) =>
          call.answer(200, { entries: entries.map(shown), ...rest }),
        ),
      ),
  }),
];

const shown = <T extends { readonly on: readonly string[] }>(entry: T) => ({ ...entry, on: [...entry.on] });

type Verifying = Pick<Call, 'reply' | 'context' | 'refuse' | 'actor'>;

/** Answers with a line now and then, so that the caller sees that it goes on, and with what was found at the end. */
async function verify(call: Verifying, log: AuditReading, wanted: VerifyWanted): Promise<void> {
  const { reply, context } = call;
  const line = (value: object): void => {
    const head = { 'content-type': LINES, 'cache-control': 'no-store', connection: 'close' };
    if (!reply.sent) reply.hijack().raw.writeHead(200, head);
    reply.raw.write(`${JSON.stringify(value)}\n`);
  };
  try {
    const progress = (entries: number) => {
      if (reply.raw.destroyed) throw new Error('the caller has gone');
      line({ entries });
    };
    const found = await log.verify(wanted, progress, call.actor);
    if (isFault(found)) return call.refuse(found);
    line(found);
    reply.raw.end();
  } catch (error) {
    if (reply.raw.destroyed) return;
    context.log.error('audit_not_verified', { cause: errorText(error) });
    if (reply.sent) reply.raw.destroy();
    else call.refuse(fault('internal'));
  }
}
