export { type Action, type ActionKind, actions } from './actions.ts';
export { Audit, type OnRecord } from './audit.ts';
export { AuditLog } from './audit-log.ts';
export { auditGroups } from './audit-store.ts';
export {
  type Actor,
  DIGEST_BYTES,
  type Entry,
  MESSAGE_ENTRY_BYTES,
  type MessageEntry,
  messageEntry,
  writeMessageEntry,
} from './entry.ts';
