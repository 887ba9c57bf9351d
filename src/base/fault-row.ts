/** What a fault means at every door. SMPP values: SMPP 3.4 §5.1.3. */
export interface FaultRow {
  readonly http: number;
  readonly smpp: number;
  readonly retry: boolean;
  readonly title: string;
}
