import type { Actor, Audit } from './audit/index.ts';
import { type Fault, fault } from './base/fault.ts';
import type { Carriers } from './carriers/index.ts';
import type { ReceiptReports, ReceiptReportView } from './doors/api/index.ts';
import type { Part, River } from './messages/index.ts';

export interface ReceiptParts {
  readonly carriers: Pick<Carriers<Part>, 'list'>;
  readonly river: Pick<River, 'receiptReport'>;
  readonly audit: Audit;
}

/** What an operator may ask about receipts. */
export class ReceiptOffice implements ReceiptReports {
  readonly #parts: ReceiptParts;

  constructor(parts: ReceiptParts) {
    this.#parts = parts;
  }

  async receiptReport(carrier: string | null, by: Actor): Promise<ReceiptReportView | Fault> {
    const { list } = this.#parts.carriers;
    const row = list.find(({ name }) => name === carrier);
    if (carrier !== null && !row) return fault('not_found', { detail: 'There is no carrier of that name.' });
    const { audit } = this.#parts;
    const why = await audit.noted(audit.done(by, 'receipts.read', row ? [`carrier:${row.id}`] : []));
    if (why) return why;
    const { receipts, missing } = await this.#parts.river.receiptReport(row?.id ?? null);
    const nameOf = (id: number): string => list.find((one) => one.id === id)?.name ?? '';
    return {
      receipts: receipts.map(({ carrierId, reference, ...line }) => ({
        ...line,
        carrier: nameOf(carrierId),
        reference: reference === '' ? null : reference,
      })),
      missing: missing.map(({ carrierId, ...line }) => ({ ...line, carrier: nameOf(carrierId) })),
    };
  }
}
