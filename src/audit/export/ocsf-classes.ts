import type { Action, ActionKind } from '../actions.ts';

/** The version of the schema whose classes these are (https://schema.ocsf.io/1.3.0). */
export const OCSF_VERSION = '1.3.0';

/** An event class: its number, and what an event of it must have beside what every event has. */
interface OcsfClass {
  readonly uid: number;
  readonly category: number;
  readonly name: string;
  /** Paths of attributes that the schema requires. */
  readonly required: readonly string[];
  /** Of each of these lists one at least. */
  readonly oneOf: readonly (readonly string[])[];
  /** The numbers of activities that the class has. */
  readonly activities: readonly number[];
}

export const ocsfClasses = {
  detectionFinding: {
    uid: 2004,
    category: 2,
    name: 'Detection Finding',
    required: ['finding_info.title', 'finding_info.uid'],
    oneOf: [],
    activities: [1, 2, 3],
  },
  accountChange: {
    uid: 3001,
    category: 3,
    name: 'Account Change',
    required: ['user'],
    oneOf: [['user.name', 'user.uid']],
    activities: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  },
  authentication: {
    uid: 3002,
    category: 3,
    name: 'Authentication',
    required: ['user'],
    oneOf: [
      ['user.name', 'user.uid'],
      ['service.name', 'dst_endpoint'],
    ],
    activities: [1, 2, 3, 4, 5],
  },
  entityManagement: {
    uid: 3004,
    category: 3,
    name: 'Entity Management',
    required: ['entity'],
    oneOf: [['entity.name', 'entity.uid']],
    activities: [1, 2, 3, 4],
  },
  applicationLifecycle: {
    uid: 6002,
    category: 6,
    name: 'Application Lifecycle',
    required: ['app.vendor_name'],
    oneOf: [['app.name', 'app.uid']],
    activities: [1, 2, 3, 4],
  },
  apiActivity: {
    uid: 6003,
    category: 6,
    name: 'API Activity',
    required: ['actor', 'api.operation', 'src_endpoint'],
    oneOf: [
      ['actor.user.uid', 'actor.user.name'],
      ['src_endpoint.ip', 'src_endpoint.name', 'src_endpoint.hostname', 'src_endpoint.svc_name'],
    ],
    activities: [1, 2, 3, 4],
  },
} as const satisfies Record<string, OcsfClass>;

export type OcsfClassName = keyof typeof ocsfClasses;

/** What every event must have. */
export const ocsfRequired = [
  'activity_id',
  'category_uid',
  'class_uid',
  'metadata.product.vendor_name',
  'metadata.version',
  'severity_id',
  'time',
  'type_uid',
] as const;

/** The number that every class has for an activity that it has no number for. */
export const OTHER_ACTIVITY = 99;

export interface OcsfPlace {
  readonly in: OcsfClassName;
  readonly activity: number;
}

const place = (name: OcsfClassName, activity: number): OcsfPlace => ({ in: name, activity });

const CREATE = 1;
const READ = 2;
const UPDATE = 3;
const DELETE = 4;

/** Where actions go, by their kind; an action that is not in the next table goes there. */
export const ocsfOfKind: Readonly<Record<ActionKind | 'message', OcsfPlace>> = {
  change: place('entityManagement', UPDATE),
  use: place('authentication', 1),
  read: place('apiActivity', READ),
  key: place('entityManagement', UPDATE),
  alarm: place('detectionFinding', 1),
  run: place('applicationLifecycle', OTHER_ACTIVITY),
  message: place('apiActivity', UPDATE),
};

/** Actions that say more than their kind does. */
export const ocsfOfAction: Readonly<Partial<Record<Action | 'message.accepted' | 'message.received', OcsfPlace>>> = {
  'gateway.started': place('applicationLifecycle', 3),
  'gateway.stopped': place('applicationLifecycle', 4),
  'account.made': place('entityManagement', CREATE),
  'credential.made': place('accountChange', 1),
  'credential.revoked': place('accountChange', 5),
  'carrier.added': place('entityManagement', CREATE),
  'carrier.removed': place('entityManagement', DELETE),
  'webhook.removed': place('entityManagement', DELETE),
  'alarm.ended': place('detectionFinding', 3),
  'message.accepted': place('apiActivity', CREATE),
  'message.received': place('apiActivity', CREATE),
};
