/** A receiver of the audit log. */
export interface SinkView {
  /** As it stands in the settings. */
  readonly sink: string;
  readonly nextIndex: number;
  readonly behindEntries: number;
  readonly behindSeconds: number;
  readonly deliveredAtMs: number | null;
  readonly trouble: string | null;
  readonly troubleAtMs: number | null;
}

/** Who cosigns the log. */
export interface WitnessView {
  /** The name of its key. */
  readonly witness: string;
  /** How many entries the log had that it cosigned last. */
  readonly size: number;
  readonly cosignedAtMs: number | null;
  readonly trouble: string | null;
  readonly troubleAtMs: number | null;
}

export interface AuditOutletsView {
  readonly sinks: readonly SinkView[];
  readonly witnesses: readonly WitnessView[];
  /** The latest checkpoint that enough witnesses have cosigned. */
  readonly witnessed: { readonly size: number; readonly atMs: number } | null;
}

/** Where the audit log goes from here. */
export interface AuditOutlets {
  auditOutlets(): Promise<AuditOutletsView>;
}
