import type pg from 'pg';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { Fault } from '../../src/base/fault.ts';
import { IdSource, idDay } from '../../src/base/id.ts';
import type { Log } from '../../src/base/log.ts';
import { type Recipient, Recipients } from '../../src/consent/index.ts';
import { type KeyLife, type KeyLifeOptions, Vault } from '../../src/vault/index.ts';
import { silentLog } from './database.ts';
import { KeyLog } from './key-log.ts';
import { rootKeysIn } from './root-keys.ts';

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
    const vault = await Vault.open({
      pool,
      root: rootKeysIn(rootKeyFile),
      entropy: systemEntropy,
      clock,
      record: keyLog.record,
    });
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
