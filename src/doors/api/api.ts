import type { Clock } from '../../base/clock.ts';
import type { IdSource } from '../../base/id.ts';
import type { Log } from '../../base/log.ts';
import type { Messages } from '../../messages/index.ts';
import type { Administration, Handset, Health, Webhooks } from './administration.ts';
import type { AuditOutlets } from './audit-outlets.ts';
import type { AuditReading } from './audit-reading.ts';
import type { Doorkeeper } from './authenticate.ts';
import { FastifyListeners, type Listeners } from './listeners.ts';
import type { Privacy } from './privacy.ts';
import type { ReceiptReports } from './receipts.ts';
import type { RootKeyOffice } from './root-keys.ts';
import type { Route } from './route.ts';
import { accountMessageRoutes, accountRoutes } from './routes/accounts.ts';
import { auditRoutes, logRoutes } from './routes/audit.ts';
import { auditOutletRoutes } from './routes/audit-outlets.ts';
import { carrierRoutes } from './routes/carriers.ts';
import { handsetRoutes, type WatchRecord } from './routes/handset.ts';
import { keyRoutes } from './routes/keys.ts';
import { messageRoutes } from './routes/messages.ts';
import { previewRoute } from './routes/preview.ts';
import { privacyRoutes } from './routes/privacy.ts';
import { receiptRoutes } from './routes/receipts.ts';
import { registerRoutes } from './routes/register.ts';
import { rootKeyRoutes } from './routes/root-keys.ts';
import { routingRoutes } from './routes/routing.ts';
import { sealRoutes } from './routes/seal.ts';
import { vaultRoutes } from './routes/vault.ts';
import { webhookRoutes } from './routes/webhook.ts';
import type { Routing } from './routing.ts';
import type { VaultDesk } from './vault.ts';

export interface ApiDeps extends Doorkeeper {
  readonly messages: Messages;
  readonly audit: WatchRecord;
  readonly auditLog: AuditReading;
  readonly webhooks: Webhooks;
  readonly administration: Administration;
  readonly routing: Routing;
  readonly receipts: ReceiptReports;
  readonly privacy: Privacy;
  readonly vault: VaultDesk;
  readonly auditOutlets: AuditOutlets;
  readonly rootKeys: RootKeyOffice;
  readonly handset: Handset;
  readonly health: Health;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly version: string;
}

export interface Api extends Listeners {
  /** All routes, of both listeners. */
  readonly routes: readonly Route[];
}

class FastifyApi extends FastifyListeners implements Api {
  constructor(deps: ApiDeps) {
    const { administration, messages } = deps;
    const streams = new Set<() => void>();
    super(deps, streams, {
      forApplications: [
        ...messageRoutes(messages),
        previewRoute(messages),
        ...webhookRoutes(deps.webhooks),
        ...logRoutes(deps.auditLog, 'audit'),
      ],
      forOperators: [
        ...accountRoutes(administration),
        ...accountMessageRoutes(administration, messages),
        ...keyRoutes(administration),
        ...carrierRoutes(administration, deps.privacy),
        ...registerRoutes(administration),
        ...routingRoutes(deps.routing),
        ...receiptRoutes(deps.receipts),
        ...privacyRoutes(deps.privacy),
        ...auditOutletRoutes(deps.auditOutlets),
        ...auditRoutes(deps.auditLog, administration, streams),
        ...vaultRoutes(deps.vault),
        ...rootKeyRoutes(deps.rootKeys),
        ...sealRoutes(null),
        ...handsetRoutes(deps.handset, deps.audit, streams),
      ],
    });
  }
}

export const createApi = (deps: ApiDeps): Api => new FastifyApi(deps);
