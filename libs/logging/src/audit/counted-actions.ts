import { counter } from '@app/metrics';
import type { AuditEntry } from './audit-trail.js';

const actions = counter({
  name: 'gateway_actions_total',
  help: 'Actions in the audit trail: sign-ins, messages, changes, refusals. The outcome is succeeded or an error code.',
  labels: ['action', 'outcome'],
});

export function countAction({ action, outcome }: AuditEntry): void {
  actions.add({ action, outcome });
}
