const OF_LOG = 'Shows the log, in which there is no personal data, to who may have all of it.';
const tiles = ['{n1}', '{n1}/{n2}', '{n1}/{n2}/{n3}', '{n1}/{n2}/{n3}/{n4}'].map((path) => `tile/{level}/${path}`);
const files = ['checkpoint', 'checkpoint/witnessed', 'key', ...tiles];

/** Routes that show the audit log itself. That a key for it is used is on record; each tile that it reads is not. */
export const logRoutes: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...files.flatMap((file) => [`GET /v1/audit/${file}`, `GET /v1/audit-log/${file}`]),
    'GET /v1/audit-log/entries/{index}',
    'GET /v1/audit-log/proofs/{index}',
    'POST /v1/audit-log/verification',
  ].map((route) => [route, OF_LOG]),
);
