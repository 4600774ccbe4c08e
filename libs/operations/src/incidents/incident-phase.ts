/** The phases of the security policy, in their order. */
export const INCIDENT_PHASES = [
  'detect',
  'assess',
  'contain',
  'eradicate',
  'recover',
  'learn',
] as const;
export type IncidentPhase = (typeof INCIDENT_PHASES)[number];

/** The phases whose work is a checklist. */
export const CHECKLIST_PHASES = ['eradicate', 'recover'] as const;
export type ChecklistPhase = (typeof CHECKLIST_PHASES)[number];

/** What a move from one phase to another is: no phase is left out on the way forward. */
export type PhaseMove = 'none' | 'next' | 'back' | 'too_far';

export function phaseMove(from: IncidentPhase, to: IncidentPhase): PhaseMove {
  const steps = INCIDENT_PHASES.indexOf(to) - INCIDENT_PHASES.indexOf(from);
  if (steps === 0) return 'none';
  if (steps < 0) return 'back';
  return steps === 1 ? 'next' : 'too_far';
}

/** Whether containment still lies ahead: a fire is put out first, whatever phase it was found in. */
export function isBeforeContainment(phase: IncidentPhase): boolean {
  return INCIDENT_PHASES.indexOf(phase) < INCIDENT_PHASES.indexOf('contain');
}
