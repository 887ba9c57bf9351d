import { type Fault, fault } from '../../src/base/fault.ts';
import type { ReceiptReports, ReceiptReportView, UnmatchedReceiptView } from '../../src/doors/api/index.ts';

/** A report in memory: what the test puts into it. */
export class FakeReceiptReports implements ReceiptReports {
  receipts: UnmatchedReceiptView[] = [];
  missing: { carrier: string; day: string; count: number }[] = [];

  receiptReport(carrier: string | null): Promise<ReceiptReportView | Fault> {
    const isMeant = (row: { carrier: string }) => carrier === null || row.carrier === carrier;
    const report = { receipts: this.receipts.filter(isMeant), missing: this.missing.filter(isMeant) };
    const isKnown = carrier === null || report.receipts.length + report.missing.length > 0;
    return Promise.resolve(isKnown ? report : fault('not_found'));
  }
}
