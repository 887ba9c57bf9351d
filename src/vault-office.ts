import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Accounts, Credentials } from './access/index.ts';
import { type Actor, type Audit, parseVerifierKey } from './audit/index.ts';
import { type Clock, DAY_MS, dayText } from './base/clock.ts';
import { type Fault, fault } from './base/fault.ts';
import type { Carriers } from './carriers/index.ts';
import type { Settings } from './config/index.ts';
import { usesInPlace } from './crypto-uses.ts';
import type { CompromiseView, InventoryView, RotationView, VaultDesk, WantedCompromise } from './doors/api/index.ts';
import { countSealed, type Part, type Webhooks } from './messages/index.ts';
import type { CertificateInPlace, OutletsInPlace } from './outlet-uses.ts';
import type { Database } from './store/index.ts';
import type { ServerTls } from './transport/index.ts';
import {
  type CompromiseReport,
  GATEWAY_ACCOUNT,
  type KeyLife,
  type RootLife,
  type RotationRow,
  vaultUses,
} from './vault/index.ts';

export interface VaultOfficeParts {
  readonly audit: Pick<Audit, 'done' | 'noted'>;
  readonly auditLog: { readonly key: { readonly madeAtMs: number } };
  readonly keyLife: KeyLife;
  readonly rootLife: Pick<RootLife, 'age'>;
  readonly accounts: Pick<Accounts, 'find' | 'list'>;
  readonly credentials: Pick<Credentials, 'list'>;
  readonly carriers: Pick<Carriers<Part>, 'list'>;
  readonly webhooks: Pick<Webhooks, 'of'>;
  readonly database: Pick<Database, 'asTenant'>;
  readonly tls: Pick<ServerTls, 'options'>;
  readonly settings: Pick<Settings, 'vault' | 'audit'>;
  readonly clock: Clock;
}

/** What an operator does with the keys of the vault. */
export class VaultOffice implements VaultDesk {
  readonly #parts: VaultOfficeParts;

  constructor(parts: VaultOfficeParts) {
    this.#parts = parts;
  }

  async inventory(): Promise<InventoryView> {
    const { auditLog, keyLife, rootLife, accounts, credentials, webhooks, tls, settings, clock } = this.#parts;
    const above = usesInPlace({
      credentials,
      rootKind: settings.vault.rootKey,
      rootAge: await rootLife.age(),
      webhooks: (await accounts.list()).flatMap(({ id }) => webhooks.of(id)?.createdAtMs ?? []),
      auditKeyMs: auditLog.key.madeAtMs,
      certificate: aboutCertificate(tls.options.cert),
      outlets: await outletsIn(settings.audit),
      nowMs: clock.now(),
    });
    const uses = [...vaultUses(await keyLife.count()), ...above];
    return { uses, rotations: await this.#views(await keyLife.rotations()) };
  }

  async rotate(account: string | null, by: Actor): Promise<RotationView | Fault> {
    const { audit } = this.#parts;
    const accountId = await this.#idOf(account);
    if (typeof accountId !== 'number') return accountId;
    // Who asked, before what follows: that is on record in the transactions in which it happens.
    const why = await audit.noted(audit.done(by, 'key.rotate', [`key:${accountId}/account`]));
    if (why) return why;
    return (await this.#views([await this.#parts.keyLife.rotate(accountId)]))[0]!;
  }

  async compromise({ account, day }: WantedCompromise, by: Actor): Promise<CompromiseView | Fault> {
    const { keyLife, audit } = this.#parts;
    const accountId = await this.#idOf(account);
    if (typeof accountId !== 'number') return accountId;
    const which = `key:${accountId}/${day === null ? 'account' : `day/${Date.parse(day) / DAY_MS}`}`;
    const why = await audit.noted(audit.done(by, 'key.compromise', [which]));
    if (why) return why;
    if (day === null) return await this.#view(accountId, await keyLife.compromiseAccount(accountId), true);
    const report = await keyLife.compromiseDay(accountId, Date.parse(day) / DAY_MS);
    if (report === null) return fault('not_found', { detail: 'There is no key of that day.', field: '/day' });
    return await this.#view(accountId, report, false);
  }

  async #view(accountId: number, { days, ...report }: CompromiseReport, isWhole: boolean): Promise<CompromiseView> {
    const messages = await this.#countMessages(accountId, days);
    const secrets = isWhole ? this.#secretsOf(accountId) : [];
    return { ...report, days: days.map(dayText), messages, secrets };
  }

  #countMessages(accountId: number, days: readonly number[]): Promise<number | null> {
    const [first, last] = [days[0], days.at(-1)];
    if (accountId === GATEWAY_ACCOUNT || first === undefined || last === undefined) return Promise.resolve(0);
    return countSealed((id, work) => this.#parts.database.asTenant(id, work), accountId, [first, last]);
  }

  #secretsOf(accountId: number): string[] {
    const { carriers, webhooks } = this.#parts;
    if (accountId !== GATEWAY_ACCOUNT) return webhooks.of(accountId) === null ? [] : ['secret of the webhook'];
    const passwords = carriers.list.filter(({ kind }) => kind === 'smpp').map(({ name }) => `password at ${name}`);
    return [...passwords, 'signing key of the audit log'];
  }

  async #idOf(account: string | null): Promise<number | Fault> {
    if (account === null) return GATEWAY_ACCOUNT;
    const found = await this.#parts.accounts.find(account);
    return found?.id ?? fault('not_found', { detail: 'There is no account of that name.', field: '/account' });
  }

  async #views(rows: readonly RotationRow[]): Promise<RotationView[]> {
    const names = new Map((await this.#parts.accounts.list()).map(({ id, name }) => [id, name]));
    return rows.map(({ accountId, toVersion, rewrapped, startedAtMs }) => ({
      account: names.get(accountId) ?? null,
      version: toVersion,
      rewrapped,
      startedAtMs: Math.round(startedAtMs),
    }));
  }
}

async function outletsIn(audit: Settings['audit']): Promise<OutletsInPlace> {
  const receivers = audit.export.filter(({ to }) => to.transport === 'tls').length;
  const file = receivers > 0 ? audit.exportCertFile : null;
  return {
    receivers,
    exportTls: audit.exportTls,
    exportCertificate: file === null ? null : await certificateIn(file),
    witnessKeys: audit.witnesses.map(({ key }) =>
      parseVerifierKey(key)?.kind === 'ml-dsa-44-cosignature' ? 'ml-dsa-44' : 'ed25519',
    ),
  };
}

/** The file is read at every connection, so it may be gone, or no certificate, by now. */
async function certificateIn(file: string): Promise<CertificateInPlace | 'unreadable'> {
  try {
    return aboutCertificate(await readFile(file, 'utf8'));
  } catch {
    return 'unreadable';
  }
}

/** The first certificate of a chain. */
function aboutCertificate(chain: ServerTls['options']['cert']): CertificateInPlace {
  const { publicKey, validFromDate, validToDate } = new X509Certificate(String(chain));
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  const names = { ec: `ECDSA ${details?.namedCurve ?? ''}`, rsa: 'RSA', ed25519: 'Ed25519' };
  return {
    fromMs: validFromDate.getTime(),
    untilMs: validToDate.getTime(),
    algorithm: names[type as keyof typeof names] ?? String(type),
    bits: details?.modulusLength ?? 256,
  };
}
