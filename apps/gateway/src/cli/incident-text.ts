import type { IncidentDetailView } from '@app/operations';
import { table } from './program/table.js';

/** An incident as a person reads it in a terminal. */
export function incidentText(incident: IncidentDetailView): string {
  const { id, kind, title, severity, phase, openedAt, closedAt, summary, lessons } = incident;
  const facts = [
    title,
    `id        ${id}`,
    `kind      ${kind}`,
    `severity  ${severity ?? 'not assessed'}`,
    `phase     ${closedAt ? 'closed' : phase}`,
    `opened    ${openedAt}`,
    `accounts  ${incident.affectedAccounts}`,
    ...(summary === null ? [] : [`summary   ${summary}`]),
    ...(lessons === null ? [] : [`lessons   ${lessons}`]),
  ].join('\n');
  return [facts, actionText(incident), itemText(incident)].filter(Boolean).join('\n\n');
}

export function actionText({ actions }: Pick<IncidentDetailView, 'actions'>): string {
  if (actions.length === 0) return '';
  const rows = actions.map(({ type, target, state, errorCode, attempts, resultId }) => [
    type,
    target ?? '',
    errorCode ?? state,
    String(attempts),
    resultId ?? '',
  ]);
  return table(['ACTION', 'TARGET', 'END', 'TRIES', 'MADE'], rows);
}

function itemText({ items }: IncidentDetailView): string {
  const rows = items.map(({ id, phase, state, text }) => [id, phase, state, text]);
  return rows.length === 0 ? '' : table(['ITEM', 'PHASE', 'STATE', 'TEXT'], rows);
}
