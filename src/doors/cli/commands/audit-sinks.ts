import { command, exitCodes, type Output } from '../command.ts';
import type { Control } from '../control.ts';
import { json, line, orDash, safe, table, timeText } from '../print.ts';

export interface AuditOutlets {
  readonly sinks: readonly {
    readonly sink: string;
    readonly nextIndex: number;
    readonly behindEntries: number;
    readonly behindSeconds: number;
    readonly deliveredAt: string | null;
    readonly trouble: string | null;
    readonly troubleSince: string | null;
  }[];
  readonly witnesses: readonly {
    readonly witness: string;
    readonly size: number;
    readonly cosignedAt: string | null;
    readonly trouble: string | null;
    readonly troubleSince: string | null;
  }[];
  readonly witnessed: { readonly size: number; readonly at: string } | null;
}

export const outletsOf = (control: Control): Promise<AuditOutlets> => control.get<AuditOutlets>('/v1/audit/sinks');

const timeOrDash = (time: string | null): string => orDash(time && timeText(time));

function sinksShown(out: Output, { sinks }: AuditOutlets): void {
  if (sinks.length === 0) return line(out, 'The audit log is not exported: see the setting audit.export.');
  const rows = sinks.map((sink) => [
    sink.sink,
    String(sink.nextIndex),
    String(sink.behindEntries),
    String(sink.behindSeconds),
    timeOrDash(sink.deliveredAt),
  ]);
  table(out, ['EXPORTED TO', 'NEXT ENTRY', 'ENTRIES BEHIND', 'SECONDS BEHIND', 'LAST DELIVERY'], rows);
  troublesShown(
    out,
    sinks.map(({ sink, ...rest }) => ({ name: sink, ...rest })),
  );
}

function witnessesShown(out: Output, { witnesses, witnessed }: AuditOutlets): void {
  if (witnesses.length === 0) return line(out, 'The audit log has no witness: see the setting audit.witnesses.');
  const rows = witnesses.map(({ witness, size, cosignedAt }) => [witness, String(size), timeOrDash(cosignedAt)]);
  table(out, ['WITNESS', 'ENTRIES COSIGNED', 'LAST COSIGNED'], rows);
  troublesShown(
    out,
    witnesses.map(({ witness, ...rest }) => ({ name: witness, ...rest })),
  );
  line(out, `Last witnessed: ${witnessed ? `${witnessed.size} entries, ${timeText(witnessed.at)}` : 'never'}`);
}

interface Troubled {
  readonly name: string;
  readonly trouble: string | null;
  readonly troubleSince: string | null;
}

function troublesShown(out: Output, all: readonly Troubled[]): void {
  for (const { name, trouble, troubleSince } of all) {
    if (trouble !== null) line(out, safe(`${name}: ${trouble}, since ${timeOrDash(troubleSince)}.`));
  }
}

export const auditSinks = command({
  name: 'audit sinks',
  summary: 'Show where the audit log is exported to, who cosigns it, and how far each of them is.',
  about: ['Ends with 1 where something is wrong with one of them.'],
  options: {},
  example: 'audit sinks',
  async run({ values, stdout, control }) {
    const outlets = await outletsOf(control);
    if (values.json) json(stdout, outlets);
    else {
      sinksShown(stdout, outlets);
      line(stdout);
      witnessesShown(stdout, outlets);
    }
    return [...outlets.sinks, ...outlets.witnesses].some(({ trouble }) => trouble !== null)
      ? exitCodes.failed
      : exitCodes.done;
  },
});
