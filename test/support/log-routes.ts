const prefixes = { app: '/v1/audit', operator: '/v1/audit-log' } as const;
const OF_HASHES = 'Shows what was signed of the log, and nothing of what is in it.';
const OF_TILES = 'The same as the one before it, for longer numbers of tiles.';

const notes = ['checkpoint', 'checkpoint/witnessed', 'key'];
const otherTiles = ['{n1}', '{n1}/{n2}/{n3}', '{n1}/{n2}/{n3}/{n4}'].map((path) => `tile/{level}/${path}`);

/** Routes that show no entry of the audit log, and those of tiles that no small log has. */
export const logRoutes: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(prefixes).flatMap((prefix) => [
    ...notes.map((path) => [`GET ${prefix}/${path}`, OF_HASHES]),
    ...otherTiles.map((path) => [`GET ${prefix}/${path}`, OF_TILES]),
  ]),
);

interface LogRead {
  readonly who: keyof typeof prefixes;
  readonly route: string;
  readonly path: string;
}

/** What of the audit log is read, each on record before it is shown. */
export const logReads: readonly LogRead[] = [
  ...Object.entries(prefixes).map(([who, prefix]) => ({
    who: who as keyof typeof prefixes,
    route: `GET ${prefix}/tile/{level}/{n1}/{n2}`,
    path: `${prefix}/tile/entries/000.p/1`,
  })),
  {
    who: 'operator',
    route: 'GET /v1/audit-log/entries/{index}',
    path: '/v1/audit-log/entries/0',
  },
  { who: 'operator', route: 'GET /v1/audit-log/proofs/{index}', path: '/v1/audit-log/proofs/0' },
];
