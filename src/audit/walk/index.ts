export { sizeOfClaim } from './claims.ts';
export { DatabaseSource } from './database-source.ts';
export type { Flaw } from './flaw.ts';
export { FolderSource, readIfThere } from './folder-source.ts';
export type { Claim, LogSource, Run, StoredTile } from './source.ts';
export { type Walked, walkLog } from './walk.ts';
