/** What a model and a person are told of a call that was refused. */
export const REFUSED = 'The person has refused this call. It was not made. Do not try it again.';
export const YOU_REFUSED = 'You refused this. It has not been done.';

/** The same of one that the person does not want to connect what it needs for. */
export const NOT_CONNECTED =
  'The person has not connected their account at the service. The call was not made. Do not try it again.';
export const YOU_NOT_CONNECTED =
  'You have not connected your account there. This has not been done.';

/** What a model is told of a call that was approved too long ago. */
export const OUTDATED = 'The person approved this call too long ago. It was not made.';

export const TOO_LONG_TO_SHOW =
  'The arguments are too long to be shown to the person, who has to approve this call.';
