import { timeText } from '../../../base/clock.ts';
import type { AuditOutlets, AuditOutletsView } from '../audit-outlets.ts';
import { type Route, route } from '../route.ts';
import { auditOutlets } from '../schemas/audit-outlets.ts';
import { timeOrNull } from '../schemas/shape.ts';

const show = ({ sinks, witnesses, witnessed }: AuditOutletsView) => ({
  witnessed: witnessed && { size: witnessed.size, at: timeText(witnessed.atMs) },
  witnesses: witnesses.map(({ cosignedAtMs, troubleAtMs, ...witness }) => ({
    ...witness,
    cosignedAt: timeOrNull(cosignedAtMs),
    troubleSince: timeOrNull(troubleAtMs),
  })),
  sinks: sinks.map(({ deliveredAtMs, troubleAtMs, ...sink }) => ({
    ...sink,
    deliveredAt: timeOrNull(deliveredAtMs),
    troubleSince: timeOrNull(troubleAtMs),
  })),
});

/** How far those are who collect the audit log. */
export const auditOutletRoutes = (outlets: AuditOutlets): readonly Route[] => [
  route({
    method: 'GET',
    path: '/v1/audit/sinks',
    who: 'operator',
    summary: 'Where the audit log is exported to, who cosigns it, and how far each of them is.',
    shape: { answers: { 200: auditOutlets } },
    faults: [],
    handle: (call) => call.after(outlets.auditOutlets(), (view) => call.answer(200, show(view))),
  }),
];
