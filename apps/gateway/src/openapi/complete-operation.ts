import type { OpenAPIObject } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/error-statuses.js';
import type { Route } from '../routes/route-table.js';
import { bodyExample, type Schema } from './body-example.js';
import { errorsByStatus } from './operation-errors.js';
import { headersOf, headersOfStatus } from './response-headers.js';

type PathItem = OpenAPIObject['paths'][string];
export type Operation = NonNullable<PathItem['get']>;
type Responses = Operation['responses'];

/** What the operations of a document refer to. */
export interface Components {
  readonly schemas: Readonly<Record<string, Schema>>;
  /** Refusals that several operations have in common; they are added where they first occur. */
  readonly responses: Record<string, object>;
}

/** Adds what the policies of its route make of an operation: who may call it, what it refuses, which headers it has. */
export function completeOperation(
  operation: Operation,
  route: Route,
  { schemas, responses }: Components,
): void {
  operation.description ??= descriptionOf(route);
  operation.security = route.access === 'public' ? [] : [{ bearer: [] }];
  if (route.access !== 'public' || route.issuesTokens) {
    operation.parameters = [...(operation.parameters ?? []), PROOF];
  }
  giveExample(operation, schemas);
  givePathExamples(operation);
  operation.responses = responsesOf(operation, route, responses);
}

const PROOF = { $ref: '#/components/parameters/DPoP' };

const ACCESS_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^public$/, 'Needs no token'],
  [/^user(?= |$)/, 'For a signed-in user'],
  [/^auditor or admin/, 'For auditors and administrators'],
  [/^admin/, 'For administrators'],
  [/ \+ /, ', with a recent '],
];

function descriptionOf({ access, limits }: Route): string {
  const who = ACCESS_WORDS.reduce((words, [from, to]) => words.replace(from, to), access);
  const counted = limits.map((name) => `\`${name.replace('!', '')}\``).join(', ');
  if (counted === '') return `${who}. Not counted by any limit.`;
  const onlyFailures = limits.some((name) => name.endsWith('!')) ? ' (failures only)' : '';
  return `${who}. Counted by the limits ${counted}${onlyFailures}.`;
}

function giveExample(operation: Operation, schemas: Readonly<Record<string, Schema>>): void {
  const { content } = (operation.requestBody ?? {}) as { content?: Record<string, MediaType> };
  const json = content?.['application/json'];
  if (json?.schema) json.example ??= bodyExample(json.schema, schemas);
}

/** An id to begin with: samples and the reference would otherwise send the name of the parameter. */
const AN_ID = '01a20de4-0000-7000-8000-000000000000';

function givePathExamples({ parameters = [] }: Operation): void {
  for (const parameter of parameters) {
    if (!('in' in parameter) || parameter.in !== 'path') continue;
    const schema = parameter.schema as Schema & { readonly format?: string };
    if (schema.format === 'uuid') parameter.example ??= AN_ID;
  }
}

interface MediaType {
  schema?: Schema;
  example?: unknown;
}

function responsesOf(
  operation: Operation,
  route: Route,
  shared: Components['responses'],
): Responses {
  const { default: other, ...declared } = operation.responses as Record<string, object>;
  const counted = route.limits.length > 0 ? (['RateLimit-Policy', 'RateLimit'] as const) : [];
  const success = headersOf(['X-Request-Id', ...counted]);
  const given = Object.fromEntries(
    Object.entries(declared).map(([status, response]) => [
      status,
      { ...response, headers: { ...success, ...(response as { headers?: object }).headers } },
    ]),
  );
  const refused = [...errorsByStatus(route, operation)].map(
    ([status, codes]) => [String(status), refusalOf(status, codes, shared)] as const,
  );
  return {
    ...Object.fromEntries(refused),
    ...given,
    ...(other ? { default: other } : {}),
  } as Responses;
}

/** One or two codes name a refusal; more than that are the mix of one kind of route. */
function refusalOf(
  status: number,
  codes: readonly ErrorCode[],
  shared: Components['responses'],
): object {
  if (codes.length > 2) return refusal(status, codes);
  const name = codes.map(inPascalCase).join('Or');
  shared[name] ??= refusal(status, codes);
  return { $ref: `#/components/responses/${name}` };
}

function inPascalCase(code: string): string {
  return code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function refusal(status: number, codes: readonly ErrorCode[]): object {
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    headers: headersOfStatus(status),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorEnvelope' } } },
  };
}
