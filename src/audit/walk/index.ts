export { sizeOfClaim } from './claims.ts';
export { DatabaseSource } from './database-source.ts';
export type { Flaw, FlawCode } from './flaw.ts';
export { FolderSource, readIfThere } from './folder-source.ts';
export type { Claim, LogSource, Run, StoredTile } from './source.ts';
export { type Walked, type WalkOptions, walkLog } from './walk.ts';
