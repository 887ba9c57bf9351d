import { isIP } from 'node:net';
import { never } from '../../base/must.ts';
import type { EntryView } from '../entry-view.ts';
import { asciiJson } from './ascii-json.ts';
import type { Source } from './formats.ts';
import {
  OCSF_VERSION,
  type OcsfClassName,
  type OcsfPlace,
  ocsfClasses,
  ocsfOfAction,
  ocsfOfKind,
} from './ocsf-classes.ts';

type Json = Readonly<Record<string, unknown>>;

const INFORMATIONAL = 1;
const MEDIUM = 3;
const HIGH = 4;
const SUCCESS = 1;
const FAILURE = 2;

const placeOf = ({ what, kind }: EntryView): OcsfPlace =>
  (ocsfOfAction as Readonly<Record<string, OcsfPlace | undefined>>)[what] ?? ocsfOfKind[kind];

/** An entry as an event of the Open Cybersecurity Schema Framework. */
export function ocsfEvent(entry: EntryView, { origin, version }: Source): Json {
  const { index, atMs, what, who, on, why, outcome, about } = entry;
  const { in: name, activity } = placeOf(entry);
  const { uid, category } = ocsfClasses[name];
  const isDone = outcome === 'done';
  return {
    activity_id: activity,
    category_uid: category,
    class_uid: uid,
    type_uid: uid * 100 + activity,
    time: atMs,
    severity_id: severityOf(entry),
    status_id: isDone ? SUCCESS : FAILURE,
    ...(!isDone && { status_code: outcome }),
    message: what,
    metadata: {
      version: OCSF_VERSION,
      product: { vendor_name: 'Sallyport', name: 'Sallyport', version },
      log_name: origin,
      uid: `${origin}/${index}`,
      sequence: index,
      event_code: what,
    },
    ...attributesOf(name, entry),
    unmapped: { who, on, why, about },
  };
}

function severityOf({ kind, outcome }: EntryView): number {
  if (kind === 'alarm') return HIGH;
  return outcome === 'done' ? INFORMATIONAL : MEDIUM;
}

/** What the class asks for beside what every event has. */
function attributesOf(name: OcsfClassName, entry: EntryView): Json {
  const { index, what, who, on, why } = entry;
  const actor = { user: { uid: who } };
  switch (name) {
    case 'detectionFinding':
      return { finding_info: { title: what, uid: String(index) } };
    case 'accountChange':
      return { actor, user: { uid: on[0] ?? who }, ...source(entry) };
    case 'authentication':
      return { user: { uid: who }, service: { name: 'sallyport' }, ...source(entry) };
    case 'entityManagement':
      return { actor, entity: entityOf(on[0] ?? what), ...(why !== null && { comment: why }) };
    case 'applicationLifecycle':
      return { app: { vendor_name: 'Sallyport', name: 'Sallyport', uid: who } };
    case 'apiActivity':
      return { actor, api: { operation: what }, ...source(entry), resources: on.map((uid) => ({ uid })) };
    default:
      return never(name);
  }
}

/** `account:3` is the entity 3 of the type account; both are in its uid. */
const entityOf = (uid: string) => ({ uid, type: uid.split(':')[0] ?? uid });

/** Where it came from. What comes from the gateway itself has no address, and names its service. */
function source({ from, who }: EntryView): Json {
  if (from === null) return { src_endpoint: { svc_name: 'sallyport', uid: who } };
  return { src_endpoint: isIP(from) === 0 ? { name: from } : { ip: from } };
}

export const ocsfLine = (entry: EntryView, of: Source): string => asciiJson(ocsfEvent(entry, of));
