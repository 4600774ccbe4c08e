import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/**
 * How a caller wants the answer: `whole` when it is complete, as a `stream` while it is made, or `later`, once the
 * message is stored.
 */
export type AnswerForm = 'whole' | 'stream' | 'later';

/** The form that the headers `Prefer` (RFC 7240) and `Accept` ask for. */
export const WantedForm = createParamDecorator(
  (_: unknown, context: ExecutionContext): AnswerForm => {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    return answerForm(headers.accept, headers.prefer);
  },
);

export function answerForm(
  accept: string | undefined,
  prefer: string | string[] | undefined,
): AnswerForm {
  if (preferences(prefer).includes('respond-async')) return 'later';
  // A client that takes both alike, as generated ones do, gets what such clients can read.
  const prefersStream =
    qualityOf(accept, 'text/event-stream') > qualityOf(accept, 'application/json');
  return prefersStream ? 'stream' : 'whole';
}

/** The names of the preferences, without their values and parameters. */
function preferences(prefer: string | string[] | undefined): string[] {
  return [prefer ?? []]
    .flat()
    .flatMap((line) => line.split(','))
    .map((preference) => preference.split(/[;=]/)[0]!.trim().toLowerCase());
}

/** The weight of a media type that is named itself; 0 for one that is not. */
function qualityOf(accept: string | undefined, type: string): number {
  for (const range of accept?.split(',') ?? []) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
    const quality = weight === undefined ? 1 : Number(weight.split('=')[1]);
    return Number.isFinite(quality) ? quality : 0;
  }
  return 0;
}
