import type { Alarm, Alarms } from '../../src/audit/index.ts';

/** Tells what was raised, each time, and what of it was ended: `end carrier_down carrier:1`. */
export class FakeAlarms implements Pick<Alarms, 'raise' | 'end' | 'endOthers'> {
  readonly told: string[] = [];
  readonly #standing = new Set<string>();

  raise(alarm: Alarm, on: readonly string[]): void {
    const name = [alarm, ...on].join(' ');
    this.#standing.add(name);
    this.told.push(name);
  }

  end(alarm: Alarm, on: readonly string[]): void {
    const name = [alarm, ...on].join(' ');
    if (this.#standing.delete(name)) this.told.push(`end ${name}`);
  }

  endOthers(alarm: Alarm, still: readonly string[]): void {
    for (const name of this.#standing) {
      const [one, ...on] = name.split(' ');
      if (one === alarm && !still.includes(on.join(' '))) this.end(alarm, on);
    }
  }
}
