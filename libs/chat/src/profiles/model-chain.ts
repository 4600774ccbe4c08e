import { DEFAULT_MODEL, type Model, type ModelCatalog } from '@app/models';
import type { Profile } from './profile.js';

/** The models that may answer for a profile, in the order in which they are asked; none where it has no model. */
export function modelChain(catalog: ModelCatalog, { engine, model }: Profile): Model[] {
  return catalog.chain(modelNames({ engine, model }));
}

/** What a profile calls its models, in the same order. */
export function modelNames({ engine, model }: Pick<Profile, 'engine' | 'model'>): string[] {
  if (engine !== 'model') return [];
  return [model?.name ?? DEFAULT_MODEL, ...(model?.fallbacks ?? [])];
}
