/** Variables that switch assistants on which send what people ask to services of others. */
export type ProfileSwitch = 'WEATHER';
