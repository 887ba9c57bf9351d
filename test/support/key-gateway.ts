import assert from 'node:assert/strict';
import { join } from 'node:path';
import type pg from 'pg';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { Fault } from '../../src/base/fault.ts';
import { IdSource, idDay } from '../../src/base/id.ts';
import type { Log } from '../../src/base/log.ts';
import { type Recipient, Recipients } from '../../src/consent/index.ts';
import type { KeyLife, KeyLifeOptions, Vault } from '../../src/vault/index.ts';
import { silentLog } from './database.ts';
import { eachTest, type OwnDatabase, ownDatabase } from './hooks.ts';
import { KeyLog } from './key-log.ts';
import { openVault } from './vault.ts';

const nobody = () => Promise.resolve([]);
const ids = new IdSource(systemClock, systemEntropy);
export const today = (): number => idDay(ids.next());

export interface KeyGatewayOptions {
  readonly pool: pg.Pool;
  readonly rootKeyFile: string;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly pace?: KeyLifeOptions['pace'];
  readonly rotatesWhenDue?: boolean;
  readonly due?: KeyLifeOptions['due'];
}

export interface SealedBody {
  readonly accountId: number;
  readonly id: Buffer;
  readonly recipientId: number;
  readonly codeEndsAtMs: number | null;
  readonly sealedBody: Buffer;
  readonly words: string;
}

/** Of a gateway, what has to do with keys: vault, their life, and people. Nobody is kept in memory but the last one. */
export class KeyGateway {
  readonly vault: Vault;
  readonly life: KeyLife;
  readonly people: Recipients;
  readonly keyLog: KeyLog;

  private constructor(vault: Vault, keyLog: KeyLog, life: KeyLife, people: Recipients) {
    this.vault = vault;
    this.keyLog = keyLog;
    this.life = life;
    this.people = people;
  }

  static async open(options: KeyGatewayOptions, accountIds: readonly number[]): Promise<KeyGateway> {
    const { pool, rootKeyFile, clock = systemClock, log = silentLog, rotatesWhenDue = true } = options;
    const keyLog = new KeyLog();
    const vault = await openVault(pool, rootKeyFile, { clock, record: keyLog.record });
    for (const accountId of accountIds) await vault.addAccount(accountId);
    await vault.prepareDays(vault.accountIds, [today() - 1, today(), today() + 1]);
    const pace = options.pace ?? { pageKeys: 50, pauseMs: 1, silentMs: 50 };
    const life = vault.life({ clock, log, rotatesWhenDue, pace, ...(options.due && { due: options.due }) });
    await life.begin();
    return new KeyGateway(
      vault,
      keyLog,
      life,
      new Recipients({ pool, vault, log, suppressed: nobody, perGeneration: 1 }),
    );
  }

  meet(digits: string, accountId = 1): Promise<Recipient | Fault> {
    return new Promise((resolve) => this.people.meet(accountId, digits, resolve));
  }

  /** The same, of a person who is sure to be met. */
  async met(digits: string): Promise<Recipient> {
    const answer = await this.meet(digits);
    assert.ok(!('code' in answer), `answered ${'code' in answer && answer.code}`);
    return answer;
  }

  seal(recipient: Recipient, words: string, codeEndsAtMs: number | null = null): SealedBody {
    const { accountId } = recipient;
    const id = ids.next();
    const sealedBody = Buffer.alloc(this.vault.sealedBytes(words.length));
    this.vault.sealBodyInto(sealedBody, 0, { accountId, id, recipient, codeEndsAtMs }, Buffer.from(words));
    return { accountId, id, recipientId: recipient.id, codeEndsAtMs, sealedBody, words };
  }

  /** As a message that waits is read back: its recipient by id, then its body. Null where it cannot be read. */
  async read(message: SealedBody): Promise<string | null> {
    const { accountId, id, recipientId, codeEndsAtMs, sealedBody } = message;
    await this.vault.loadKeysOf([message]);
    const found = (await this.people.find(accountId, [recipientId])).get(recipientId);
    if (!found) return null;
    const { recipient } = found;
    return this.vault.openBody(sealedBody, { accountId, id, recipient, codeEndsAtMs })?.toString() ?? null;
  }

  async close(): Promise<void> {
    await this.people.close();
    await this.life.close();
    this.vault.close();
  }
}

const KEY_TABLES = 'vault.key, vault.code_key, vault.recipient_key, vault.tombstone, vault.rotation, recipient';

export interface KeyGateways {
  readonly db: OwnDatabase;
  /** Of the test's gateways: a new one for each test. */
  readonly rootKeyFile: () => string;
  /** With the keys of account 1, and closed behind the test. */
  readonly openGateway: (more?: Partial<KeyGatewayOptions>) => Promise<KeyGateway>;
}

/** Gives the test file that calls it a database, where gateways of one test share their root key. It drops `copies` too. */
export function keyGateways(...copies: string[]): KeyGateways {
  const db = ownDatabase();
  const drop = copies.length > 0 ? `DROP TABLE IF EXISTS ${copies.join(', ')};` : '';
  const each = eachTest(() => db.owner.query(`${drop} TRUNCATE ${KEY_TABLES}`));
  const rootKeyFile = () => join(each.folder, 'root.key');
  const openGateway = async (more: Partial<KeyGatewayOptions> = {}) => {
    const opened = await KeyGateway.open({ pool: db.engine, rootKeyFile: rootKeyFile(), ...more }, [1]);
    each.taken.defer(() => opened.close());
    return opened;
  };
  return { db, rootKeyFile, openGateway };
}
