import type { Alarm, Alarms, StandingAlarm } from '../../src/audit/index.ts';

/** Tells what was raised, each time, and what of it was ended: `end carrier_down carrier:1`. */
export class FakeAlarms implements Pick<Alarms, 'raise' | 'end' | 'endOthers' | 'standing'> {
  readonly told: string[] = [];
  readonly #standing = new Map<string, StandingAlarm>();

  get standing(): readonly StandingAlarm[] {
    return [...this.#standing.values()];
  }

  /** Those that stand, as `alarm on`. */
  get names(): readonly string[] {
    return [...this.#standing.keys()];
  }

  raise(alarm: Alarm, on: readonly string[]): void {
    const name = [alarm, ...on].join(' ');
    this.#standing.set(name, { alarm, on, sinceMs: 0 });
    this.told.push(name);
  }

  end(alarm: Alarm, on: readonly string[]): void {
    const name = [alarm, ...on].join(' ');
    if (this.#standing.delete(name)) this.told.push(`end ${name}`);
  }

  endOthers(alarm: Alarm, still: readonly string[]): void {
    for (const one of this.standing)
      if (one.alarm === alarm && !still.includes(one.on.join(' '))) this.end(alarm, one.on);
  }
}
