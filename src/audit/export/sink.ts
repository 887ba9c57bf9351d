/** One going-over of entries to a receiver. */
export interface Delivery {
  /** Resolves when there is room for more. */
  write(octets: Buffer): Promise<void>;
  /** Resolves when the receiver has all that was written: only then it may be called delivered. */
  finish(): Promise<void>;
  /** Ends it at once; nothing of it counts. */
  cancel(): void;
}

/** Where entries are exported to. */
export interface Sink {
  open(): Promise<Delivery>;
  /** What is wrong, in words that go on after a comma. */
  explain(error: unknown): string;
}
