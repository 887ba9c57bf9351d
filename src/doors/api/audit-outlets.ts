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

export interface AuditOutletsView {
  readonly sinks: readonly SinkView[];
}

/** Where the audit log goes from here. */
export interface AuditOutlets {
  auditOutlets(): Promise<AuditOutletsView>;
}
