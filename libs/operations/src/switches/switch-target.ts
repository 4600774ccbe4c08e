import type { ServicePart, SwitchScope } from '@app/switches';

const NAME = String.raw`[A-Za-z0-9][\w.:-]{0,127}`;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** What the name of a target looks like; undefined for a scope of which there is one. */
const FORMS: Readonly<Record<SwitchScope, RegExp | undefined>> = {
  chat: undefined,
  sign_in: undefined,
  profile: new RegExp(`^${NAME}$`),
  server: new RegExp(`^${NAME}$`),
  tool: new RegExp(`^${NAME}/[^\\s/][^\\s]{0,127}$`),
  model: new RegExp(`^${NAME}$`),
  account: UUID,
  device: UUID,
};

/** The longest target: a tool with its server. Characters. */
export const LONGEST_TARGET = 257;

/** In its canonical form; undefined for what names no part of that scope. */
export function parsePart(scope: SwitchScope, target = ''): ServicePart | undefined {
  const form = FORMS[scope];
  if (!form) return target === '' ? { scope } : undefined;
  const name = form === UUID ? target.toLowerCase() : target;
  return form.test(name) ? { scope, target: name } : undefined;
}
