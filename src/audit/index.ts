export { type Action, actions } from './actions.ts';
export { type Alarm, Alarms, alarms, type StandingAlarm } from './alarms.ts';
export { Audit, putOnRecord } from './audit.ts';
export { AuditLog } from './audit-log.ts';
export { auditGroups } from './audit-store.ts';
export {
  type Actor,
  DIGEST_BYTES,
  type Entry,
  entryBytes,
  MESSAGE_ENTRY_BYTES,
  type MessageEntry,
  messageEntry,
  type NoticesEntry,
  noticesEntryBytes,
  writeMessageEntry,
  writeNoticesEntry,
} from './entry.ts';
export { Exporter, type ExportTo } from './export/exporter.ts';
export { FileSink } from './export/file-sink.ts';
export { sinkReports } from './export/sinks.ts';
export { TlsSink } from './export/tls-sink.ts';
export type { FoundEntry } from './find-message.ts';
export { keepFile, readKept } from './kept-file.ts';
export { type ShownEntry, showEntry } from './shown-entry.ts';
export {
  edgeTiles,
  formatSignerKey,
  formatVerifierKey,
  grownBundles,
  grownTiles,
  leafHash,
  type ProofFlaw,
  parseProofFile,
  parseSignerKey,
  parseTilePath,
  parseVerifierKey,
  signerKey,
  TILE_WIDTH,
  type Tile,
  type TrustPolicy,
  tilePath,
  type VerifierKey,
  verifyProofFile,
} from './tree/index.ts';
export { verifyStored } from './verify-stored.ts';
export { type Claim, type Flaw, FolderSource, readIfThere, sizeOfClaim, walkLog } from './walk/index.ts';
export { askWitness } from './witness/ask-witness.ts';
export { Ledger } from './witness/ledger.ts';
export { Witness } from './witness/witness.ts';
export { WitnessServer } from './witness/witness-server.ts';
export { Witnessing } from './witness/witnessing.ts';
