export { type CertificateFlaw, certificateOf, type ErasureStatement, readCertificate } from './certificate.ts';
export { type Erased, Erasure, type ErasureParts, type WantedErasure } from './erasure.ts';
export { eraseWhatCameBack, erasureStore, findSuppressed } from './erasure-store.ts';
export { type HoldState, Holds, holdState } from './holds.ts';
export type { Hold, HoldScope } from './holds-store.ts';
export { type Lateness, Retention, type RetentionState, type WantedRetention } from './retention.ts';
export type { RetentionSetting } from './retention-store.ts';
export { type Datum, isDatum, notRetained, type RetentionRow, retention } from './retention-table.ts';
