/** How far an item of a checklist is. */
export const ITEM_STATES = ['open', 'done', 'not_needed'] as const;
export type ItemState = (typeof ITEM_STATES)[number];
