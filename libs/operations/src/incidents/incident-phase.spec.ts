import { INCIDENT_PHASES, isBeforeContainment, phaseMove } from './incident-phase.js';

describe('the phases of an incident', () => {
  it('are passed one after the other, and left out only on the way back', () => {
    const moves = INCIDENT_PHASES.map((from) =>
      INCIDENT_PHASES.map((to) => phaseMove(from, to)[0]).join(''),
    );
    expect(moves).toEqual(['nntttt', 'bnnttt', 'bbnntt', 'bbbnnt', 'bbbbnn', 'bbbbbn']);
    expect(phaseMove('learn', 'learn')).toBe('none');
    expect(phaseMove('recover', 'learn')).toBe('next');
  });

  it('reach containment from detection and assessment', () => {
    expect(INCIDENT_PHASES.filter(isBeforeContainment)).toEqual(['detect', 'assess']);
  });
});
