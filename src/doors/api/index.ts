export type { ApiAccess } from './access.ts';
export type * from './administration.ts';
export { createApi } from './api.ts';
export type * from './audit-outlets.ts';

export type * from './audit-reading.ts';
export type { Listeners } from './listeners.ts';

export type * from './privacy.ts';
export type * from './receipts.ts';
export type * from './root-keys.ts';
export type { Route } from './route.ts';
export type * from './routing.ts';
export { createSealedApi } from './sealed-api.ts';
export type * from './vault.ts';
