import { isObject } from '../json/json-text.js';
import { cleanText } from '../results/clean-text.js';
import type { McpField, McpQuestion } from './mcp-question.js';
import { readField } from './read-field.js';

/** The longest message and address, and the most fields. */
const LONGEST_MESSAGE = 4_000;
const LONGEST_URL = 2_048;
const MAX_FIELDS = 24;

/** The longest form, as it is shown. Characters of JSON. */
const LONGEST_FORM = 32_768;

/**
 * Forms are not for these (MCP, elicitation: "MUST NOT"): what asks for them is not shown. Passwords in any place and as a
 * part of a word, the others where a field is named so.
 */
const PASSWORD =
  /pass ?(?:word|code|phrase|wort)|passwd|kennwort|mot de passe|contrase[nñ]a|(?<!\p{L})senha|wachtwoord|парол|密码|密碼|パスワード/iu;
const SECRET =
  /\b(?:pwd|(?:api|access|private|secret|recovery) ?key|(?:access|auth|bearer|refresh) ?token|client ?secret|secret|otp|pin ?(?:code|number)|cvv|cvc|card ?number|seed ?phrase|credentials?)s?\b|\bpin[ \d]*$/i;

/** What a person would write it into. */
const TYPED: readonly McpField['type'][] = ['text', 'number', 'integer'];

/** That a question is not shown to the person, and why, in words for the log. */
export interface UnfitQuestion {
  readonly unfit: string;
}

export interface QuestionRules {
  /** Whether an address may be without TLS: in development. */
  readonly allowsPlainHttp: boolean;
}

/** Reads the parameters of `elicitation/create`. An odd member is left out; what changes the question makes it unfit. */
export function readQuestion(
  params: unknown,
  { allowsPlainHttp }: QuestionRules,
): McpQuestion | UnfitQuestion {
  if (!isObject(params)) return { unfit: 'It has no parameters.' };
  const message =
    typeof params.message === 'string' ? cleanText(params.message.slice(0, LONGEST_MESSAGE)) : '';
  const { mode = 'form' } = params;
  if (mode === 'url') return urlQuestion(message, params.url, allowsPlainHttp);
  if (mode !== 'form') return { unfit: 'It is of a kind that is not known.' };
  return formQuestion(message, params.requestedSchema);
}

function urlQuestion(
  message: string,
  given: unknown,
  allowsPlainHttp: boolean,
): McpQuestion | UnfitQuestion {
  if (typeof given !== 'string' || given.length > LONGEST_URL || !URL.canParse(given)) {
    return { unfit: 'Its address cannot be read.' };
  }
  const url = new URL(given);
  const isAllowed = url.protocol === 'https:' || (allowsPlainHttp && url.protocol === 'http:');
  if (!isAllowed) return { unfit: 'Its address is not https.' };
  // What stands before the @ looks like the host.
  if (url.username !== '' || url.password !== '') return { unfit: 'Its address has credentials.' };
  return { kind: 'url', message, url: url.href };
}

function formQuestion(message: string, schema: unknown): McpQuestion | UnfitQuestion {
  const properties = isObject(schema) ? schema.properties : undefined;
  if (!isObject(properties)) return { unfit: 'Its form has no fields.' };
  const names = Object.keys(properties);
  if (names.length > MAX_FIELDS) return { unfit: `Its form has over ${MAX_FIELDS} fields.` };
  const given = isObject(schema) && Array.isArray(schema.required) ? schema.required : [];
  const required = new Set<unknown>(given);
  const fields: McpField[] = [];
  for (const name of names) {
    const field = readField(name, properties[name], required.has(name));
    if (!field) return { unfit: 'Its form has a field that is no text, number, choice or switch.' };
    fields.push(field);
  }
  if (asksForSecret(message, fields)) return { unfit: 'Its form asks for a password or a key.' };
  if (JSON.stringify(fields).length > LONGEST_FORM) return { unfit: 'Its form is too long.' };
  return { kind: 'form', message, fields };
}

function asksForSecret(message: string, fields: readonly McpField[]): boolean {
  const typed = fields.filter(({ type }) => TYPED.includes(type));
  const told = typed.flatMap(({ description }) => description ?? []);
  if (typed.length > 0 && [message, ...told].some((text) => PASSWORD.test(text))) return true;
  const names = fields.flatMap(({ name, title }) => [name, title]).map(asWords);
  return names.some((name) => PASSWORD.test(name) || SECRET.test(name));
}

/** In any spelling: `apiKey2`, `api_key`, `API key`. */
function asWords(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Za-z])(\d)/g, '$1 $2')
    .replace(/[_\-.]+/g, ' ');
}
