import { DomainError } from '@app/security';
import type { IncidentPhase } from './incident-phase.js';

export type IncidentErrorCode =
  | 'incident_not_found'
  | 'incident_closed'
  | 'incident_incomplete'
  | 'incident_full'
  | 'incident_item_not_found'
  | 'event_in_incident'
  | 'invalid_phase_change'
  | 'too_many_incidents';

export class IncidentError extends DomainError<IncidentErrorCode> {
  override readonly name = 'IncidentError';

  static notFound(): IncidentError {
    return new IncidentError('incident_not_found', 'There is no such incident.');
  }

  static closed(): IncidentError {
    const message = 'The incident is closed. Open another one, and name this one in it.';
    return new IncidentError('incident_closed', message);
  }

  /** @param missing what to do first */
  static incomplete(missing: readonly string[]): IncidentError {
    const message = `First: ${missing.join('; ')}.`;
    return new IncidentError('incident_incomplete', message, { missing });
  }

  static full(what: string): IncidentError {
    const message = `The incident has as many ${what} as there may be.`;
    return new IncidentError('incident_full', message);
  }

  static itemNotFound(): IncidentError {
    return new IncidentError('incident_item_not_found', 'There is no such item.');
  }

  static tooFar(from: IncidentPhase): IncidentError {
    const message = `The incident is in the phase ${from}. Phases are passed one after the other.`;
    return new IncidentError('invalid_phase_change', message);
  }

  static backWithoutReason(): IncidentError {
    const message = 'An earlier phase needs a reason to go back to it.';
    return new IncidentError('invalid_phase_change', message);
  }

  /** @param incidentId the one that the event belongs to */
  static eventTaken(incidentId: string): IncidentError {
    const message = 'An event belongs to one incident, and this one has one.';
    return new IncidentError('event_in_incident', message, { incidentId });
  }

  static tooMany(): IncidentError {
    const message = 'There are as many open incidents as there may be. Close some first.';
    return new IncidentError('too_many_incidents', message);
  }
}
