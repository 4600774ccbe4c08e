/** What may need two administrators, as `FOUR_EYES` names it. */
export const FOUR_EYES_ACTS = ['grant-admin', 'raise-limit'] as const;
export type FourEyesAct = (typeof FOUR_EYES_ACTS)[number];

/** Reads `on`, `off`, or a list of acts. @throws Error if it is none of them */
export function parseFourEyes(text: string): readonly FourEyesAct[] {
  if (text === 'off') return [];
  if (text === 'on') return FOUR_EYES_ACTS;
  return text.split(',').map((name) => {
    const act = FOUR_EYES_ACTS.find((one) => one === name.trim());
    if (!act) throw new Error(`must be off, on, or a list of ${FOUR_EYES_ACTS.join(', ')}`);
    return act;
  });
}
