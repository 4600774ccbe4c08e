import { type AuditedCall, AuditObject } from '@app/logging';
import { PROFILE_ID } from './profile.dto.js';

/** The assistant of a call, for the audit trail. */
export const theProfile = ({ params }: AuditedCall) =>
  AuditObject.ofName('profile', params.profileId, PROFILE_ID);
