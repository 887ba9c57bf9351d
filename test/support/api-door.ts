import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { Fault } from '../../src/base/fault.ts';
import { IdSource } from '../../src/base/id.ts';
import { jsonLog } from '../../src/base/log.ts';
import { createApi } from '../../src/doors/api/index.ts';
import { ApiClient } from './api-client.ts';
import { FakeAdministration, FakeHandset, FakeWebhooks } from './fake-administration.ts';
import { FakeAuditReading } from './fake-audit-reading.ts';
import { FakeMessages } from './fake-messages.ts';
import { FakePrivacy } from './fake-privacy.ts';
import { FakeReceiptReports } from './fake-receipt-reports.ts';
import { FakeRootKeys } from './fake-root-keys.ts';
import { FakeRouting } from './fake-routing.ts';
import { FakeVaultDesk } from './fake-vault-desk.ts';
import { fakeAudit, fakeUses } from './on-record.ts';
import { testCertificate } from './test-certificate.ts';

const tls = testCertificate('127.0.0.1');

/** The API's door on a real port and a real socket, with fakes behind it. */
export async function openDoor(clock: Clock = systemClock) {
  const messages = new FakeMessages();
  const administration = new FakeAdministration();
  const routing = new FakeRouting();
  const privacy = new FakePrivacy();
  const receipts = new FakeReceiptReports();
  const vault = new FakeVaultDesk();
  const handset = new FakeHandset();
  const auditLog = new FakeAuditReading();
  const logged: string[] = [];
  const health = { trouble: null as Fault | null };
  const api = createApi({
    messages,
    administration,
    routing,
    receipts,
    vault,
    auditOutlets: { auditOutlets: () => Promise.resolve({ sinks: [], witnesses: [], witnessed: null }) },
    privacy,
    handset,
    auditLog,
    rootKeys: new FakeRootKeys(),
    access: administration,
    uses: fakeUses,
    audit: fakeAudit,
    webhooks: new FakeWebhooks(),
    health: { readiness: () => health.trouble },
    clock,
    ids: new IdSource(systemClock, systemEntropy),
    log: jsonLog(
      (line) => logged.push(line),
      () => systemClock.now(),
    ),
    version: '0.0.0',
  });
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-api-'));
  const socketPath = join(folder, 'control.sock');
  const port = await api.listen({ host: '127.0.0.1', port: 0, tls: { options: tls, attach: () => {} } });
  await api.listenControl(socketPath);
  const client = new ApiClient({ port, ca: tls.cert });
  const control = new ApiClient({ socketPath });
  return {
    api,
    messages,
    administration,
    routing,
    receipts,
    vault,
    privacy,
    handset,
    auditLog,
    health,
    logged,
    port,
    tls,
    socketPath,
    client,
    control,
    key: administration.key('acme'),
    async close() {
      await api.close();
      client.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type Door = Awaited<ReturnType<typeof openDoor>>;
