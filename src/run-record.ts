import { createHash } from 'node:crypto';
import type { Audit } from './audit/index.ts';
import { FaultError } from './base/fault.ts';
import type { Settings } from './config/index.ts';

export interface RunParts {
  readonly audit: Audit;
  readonly settings: Settings;
  readonly version: string;
  readonly nodeId: number;
}

/** Puts on record that this gateway runs, and that it has ended as it was told to. */
export class RunRecord {
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /** Throws where it cannot be put on record: then the gateway does not start. */
  async started(): Promise<void> {
    const { settings, version } = this.#parts;
    const why = await this.#noted('gateway.started', { version, settings: fingerprintOf(settings) });
    if (why) throw new FaultError(why.code, why);
  }

  /** A database that is away does not keep a gateway from ending: the log then shows that it ended otherwise. */
  async stopped(): Promise<void> {
    await this.#noted('gateway.stopped', { version: this.#parts.version });
  }

  #noted(what: 'gateway.started' | 'gateway.stopped', about: Readonly<Record<string, string>>) {
    const { audit, nodeId } = this.#parts;
    const who = `gateway:${nodeId}`;
    return audit.noted(audit.done({ who, from: null }, what, [who], about));
  }
}

/** Says whether settings are the same as at another start, and nothing of what they are: secrets show as `[secret]`. */
const fingerprintOf = (settings: Settings): string =>
  createHash('sha256').update(JSON.stringify(settings)).digest('hex');
