/**
 * What can be switched off, and what names one of it:
 *
 * - `chat`: every message to every assistant; there is one of it
 * - `sign_in`: new sessions, but for operators; there is one of it
 * - `profile`: an assistant, by its id
 * - `server`: an MCP server, by its name in profiles
 * - `tool`: a tool, as `server/tool`
 * - `model`: a language model, by its id
 * - `account`: a person, by the id of the account
 * - `device`: a phone, by the id of the known device
 */
export const SWITCH_SCOPES = [
  'chat',
  'sign_in',
  'profile',
  'server',
  'tool',
  'model',
  'account',
  'device',
] as const;

export type SwitchScope = (typeof SWITCH_SCOPES)[number];
