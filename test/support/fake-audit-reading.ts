import { setImmediate as turn } from 'node:timers/promises';
import {
  formatProofFile,
  formatVerifierKey,
  inclusionProof,
  packEntries,
  type Tile,
  tileBytes,
  tileOf,
} from '../../src/audit/tree/index.ts';
import { type Fault, fault } from '../../src/base/fault.ts';
import type {
  AuditReading,
  EntriesView,
  FollowedLog,
  TimelineView,
  VerifiedView,
  VerifyWanted,
} from '../../src/doors/api/index.ts';
import { KeptLog } from './kept-log.ts';
import { logKey } from './log-keys.ts';

const log = await KeptLog.of(300);

/** A log of 300 entries in memory, for whoever reads it through a door. */
export class FakeAuditReading implements AuditReading {
  readonly verifier = formatVerifierKey(logKey);
  readonly wanted: VerifyWanted[] = [];
  verified: VerifiedView = { size: 300, checkpoints: 1, flaw: null };
  told: TimelineView | null = null;
  /** Where it is set, a verification goes on until it is stopped, and says so. */
  stopped: (() => void) | null = null;
  /** How many of the entries are signed already, as far as they are shown in words. */
  size = 300;
  /** How often somebody began to follow the log. */
  followed = 0;

  async checkpoint(): Promise<string> {
    return (await log.latest()).note;
  }

  /** None has cosigned it. */
  witnessed: string | null = null;

  witnessedCheckpoint(): Promise<string | null> {
    return Promise.resolve(this.witnessed);
  }

  async tile(tile: Tile): Promise<Buffer | null> {
    const level = tile.level === 'entries' ? 0 : tile.level;
    if ((tileOf(300, level, tile.index)?.width ?? 0) < tile.width) return null;
    const from = tile.index * 256;
    if (tile.level === 'entries') return packEntries(log.log.entries.slice(from, from + tile.width));
    return (await log.tile(tile)).hashes!.subarray(0, tileBytes(tile));
  }

  follow(from: number): Promise<FollowedLog> {
    let next = from;
    const more = async () => {
      const { entries } = await this.entries(next);
      next += entries.length;
      return entries;
    };
    this.followed++;
    return Promise.resolve({ more });
  }

  entries(from: number): Promise<EntriesView> {
    const some = log.log.entries.slice(from, Math.min(this.size, from + 256)).map((entry, at) => ({
      index: from + at,
      at: '2030-01-01T00:00:00.000Z',
      what: 'account.made',
      who: 'operator:local',
      from: 'control socket',
      on: [`account:${entry.length}`],
      why: null,
      outcome: 'done',
      about: null,
    }));
    return Promise.resolve({ size: this.size, entries: some });
  }

  async proofFile(index: number): Promise<string | null> {
    if (index >= 300) return null;
    const hashes = await inclusionProof(index, 300, log.log.read);
    if ('missing' in hashes) return null;
    return formatProofFile({ index, hashes, checkpoint: await this.checkpoint(), extra: log.log.entries[index]! });
  }

  timeline(): Promise<TimelineView | Fault> {
    return Promise.resolve(this.told ?? fault('message_not_found'));
  }

  async verify(wanted: VerifyWanted, progress: (entries: number) => void): Promise<VerifiedView> {
    this.wanted.push(wanted);
    try {
      do progress(256);
      while (this.stopped && (await turn(true)));
    } finally {
      this.stopped?.();
    }
    return this.verified;
  }
}
