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
  type NoteFlaw,
  type NoteSignature,
  type OpenedNote,
  openNote,
  parseNote,
  parseSignatures,
  type VerifiedSignature,
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
  type ProofFile,
  type ProofFlaw,
  type ProvenEntry,
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
  type CheckpointFlaw,
  openCheckpoint,
  signCheckpoint,
  type TrustedCheckpoint,
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
  unpackEntries,
} from './tiles.ts';
export {
  type Accepted,
  type AddCheckpoint,
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
