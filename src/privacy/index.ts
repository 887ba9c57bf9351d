export { type CertificateFlaw, certificateOf, readCertificate } from './certificate.ts';
export { type Erased, Erasure, type ErasureParts, type WantedErasure } from './erasure.ts';
export { eraseWhatCameBack, erasureStore, findSuppressed } from './erasure-store.ts';
export { Holds, holdState } from './holds.ts';
export type { Hold } from './holds-store.ts';
export { type Lateness, Retention, type RetentionState, type WantedRetention } from './retention.ts';
export { isDatum, notRetained, type RetentionRow, retention } from './retention-table.ts';
