/** What containment can do in one call. */
export const CONTAINMENT_TYPES = [
  'sign_out',
  'sign_out_affected',
  'sign_out_everyone',
  'block',
  'switch_off',
  'rotate_keys',
] as const;
export type ContainmentType = (typeof CONTAINMENT_TYPES)[number];
