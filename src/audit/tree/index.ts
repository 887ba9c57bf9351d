export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
export { GrowingTree, type HashTile } from './growing-tree.ts';
export {
  emptyRoot,
  Frontier,
  HASH_BYTES,
  hashLeafInto,
  leafHash,
} from './merkle.ts';
export {
  formatNote,
  formatSignature,
  type Note,
  openNote,
  parseNote,
  parseSignatures,
} from './note.ts';
export {
  formatSignerKey,
  formatVerifierKey,
  isKeyName,
  type KeyKind,
  parseSignerKey,
  parseVerifierKey,
  SEED_BYTES,
  type SignerKey,
  signerKey,
  type VerifierKey,
  verifierKey,
} from './note-key.ts';
export {
  formatProofFile,
  type ProofFlaw,
  parseProofFile,
  verifyProofFile,
} from './proof-file.ts';
export {
  consistencyProof,
  inclusionProof,
  type Missing,
  provesConsistency,
  provesInclusion,
  rootOf,
  subtreeHash,
  type TileReader,
  type TreeHead,
} from './proofs.ts';
export {
  openCheckpoint,
  signCheckpoint,
  type TrustPolicy,
} from './signed-checkpoint.ts';
export {
  edgeTiles,
  grownBundles,
  grownTiles,
  MAX_ENTRY_BYTES,
  packEntries,
  parseTilePath,
  TILE_WIDTH,
  type Tile,
  tileBytes,
  tileHashCount,
  tileOf,
  tilePath,
} from './tiles.ts';
export {
  type Accepted,
  type Admitted,
  admit,
  cosign,
  decide,
  formatConflict,
  MAX_REQUEST_BYTES,
  type Refusal,
  type WitnessedLog,
} from './witness.ts';
export { addCheckpointBody, MAX_ANSWER_BYTES, readWitnessAnswer, type WitnessAnswer } from './witness-client.ts';
