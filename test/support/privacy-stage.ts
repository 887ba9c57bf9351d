import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Client } from 'pg';
import type { GatewayOptions } from '../../src/foundation.ts';
import { PrivacyOffice } from '../../src/privacy-office.ts';
import { type HandNode, HandRivers } from './hand-river.ts';

export const PERSON = '+12025550143';
export const OTHER_PERSON = '+12025550144';

/** A river with the office that erases, and the owner of its tables. */
export class PrivacyStage implements AsyncDisposable {
  readonly rivers: HandRivers<'north'>;
  readonly node: HandNode<'north'>;
  readonly office: PrivacyOffice;
  readonly owner: Client;

  private constructor(rivers: HandRivers<'north'>, node: HandNode<'north'>, office: PrivacyOffice, owner: Client) {
    this.rivers = rivers;
    this.node = node;
    this.office = office;
    this.owner = owner;
  }

  static async open(room = 10_000, about: Partial<GatewayOptions> = {}): Promise<PrivacyStage> {
    const rivers = await HandRivers.make(['north'], about);
    const node = await rivers.open({ north: { isUp: true, room } });
    const office = new PrivacyOffice(rivers.options, rivers.base, node.flow);
    const host = join(rivers.options.settings.dataFolder, 'run');
    const owner = new Client({ host, user: 'sallyport_owner', database: 'sallyport' });
    await owner.connect();
    return new PrivacyStage(rivers, node, office, owner);
  }

  get accountId(): number {
    return this.rivers.credential.accountId;
  }

  erase(number = PERSON, account = 'test') {
    return this.office.erase({ account, number, why: 'asked by letter', by: 'jane' });
  }

  /** All rows of a table, as text that can be compared and put back. */
  async rows(table: string): Promise<string[]> {
    const { rows } = await this.owner.query<{ row: string }>(
      `SELECT to_jsonb(t)::text AS row FROM ${table} t ORDER BY 1`,
    );
    return rows.map(({ row }) => row);
  }

  /** Puts rows back as an older copy has them, whatever stands there now. */
  async putBack(table: string, rows: readonly string[]): Promise<void> {
    await this.owner.query(
      `INSERT INTO ${table} SELECT r.* FROM unnest($1::jsonb[]) AS j, jsonb_populate_record(NULL::${table}, j) AS r
       ON CONFLICT DO NOTHING`,
      [rows],
    );
  }

  /** The entries of the audit log, those in JSON. */
  async entries(): Promise<{ what: string; who: string; on: string[]; about?: Record<string, unknown> }[]> {
    const { auditLog } = this.rivers.base;
    await auditLog.round();
    const head = await auditLog.head();
    assert.ok(head);
    const entries = [];
    for await (const { bytes } of auditLog.entries(0, head.size))
      if (bytes[0] === 0x7b) entries.push(JSON.parse(bytes.toString()));
    return entries;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.owner.end();
    await this.node.stop();
    await this.rivers[Symbol.asyncDispose]();
  }
}
