export { GrowingTree, type HashTile } from './growing-tree.ts';
export {
  emptyRoot,
  Frontier,
  HASH_BYTES,
  hashLeafInto,
  leafHash,
  MAX_SIZE,
  nodeHash,
  type TileHashSink,
} from './merkle.ts';
export {
  consistencyProof,
  inclusionProof,
  MAX_PROOF_HASHES,
  type Missing,
  provesConsistency,
  provesInclusion,
  rootOf,
  type TileReader,
  type TreeHead,
} from './proofs.ts';
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
  tileOf,
  tilePath,
  unpackEntries,
} from './tiles.ts';
