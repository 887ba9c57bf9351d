import { timeText } from '../../../base/clock.ts';
import type { ReceiptReports, ReceiptReportView } from '../receipts.ts';
import { type Route, route } from '../route.ts';
import { receiptReport } from '../schemas/receipts.ts';
import { closed, name } from '../schemas/shape.ts';

const byName = closed({ name });

const show = ({ receipts, missing }: ReceiptReportView) => ({
  receipts: receipts.map(({ firstSeenMs, lastSeenMs, ...receipt }) => ({
    ...receipt,
    firstSeen: timeText(firstSeenMs),
    lastSeen: timeText(lastSeenMs),
  })),
  missing: missing.map((row) => ({ ...row })),
});

/** What carriers told that could not be used, and what they never told. */
export const receiptRoutes = (reports: ReceiptReports): readonly Route[] => [
  route({
    method: 'GET',
    path: '/v1/receipts/unmatched',
    who: 'operator',
    summary: 'Receipts that no message was found for, and messages that never had one.',
    shape: { answers: { 200: receiptReport } },
    faults: [],
    handle: (call) => call.after(reports.receiptReport(null, call.actor), (report) => call.answer(200, show(report))),
  }),
  route({
    method: 'GET',
    path: '/v1/carriers/{name}/receipts/unmatched',
    who: 'operator',
    summary: 'The same of one carrier.',
    shape: { params: byName, answers: { 200: receiptReport } },
    faults: ['not_found'],
    handle: (call) =>
      call.after(reports.receiptReport(call.params.name, call.actor), (report) => call.answer(200, show(report))),
  }),
];
