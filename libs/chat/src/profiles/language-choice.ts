import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';

/** How much of the header is read: it is read for each text, and wants a few languages. Characters. */
const MAX_WANTED_LENGTH = 1_000;

/** The language of each text in an answer, and of the answer, as its headers tell it. */
export class LanguageChoice {
  private readonly negotiator: Negotiator | undefined;
  /** By what there was to choose from: most texts of an answer come in the same languages. */
  private readonly choices = new Map<string, string>();
  private readonly chosen = new Set<string>();

  constructor(
    wanted: string | undefined,
    private readonly reply: Pick<FastifyReply, 'header' | 'getHeader'>,
  ) {
    this.negotiator =
      wanted === undefined
        ? undefined
        : new Negotiator({ headers: { 'accept-language': wanted.slice(0, MAX_WANTED_LENGTH) } });
    const vary = reply.getHeader('Vary');
    reply.header(
      'Vary',
      vary === undefined ? 'Accept-Language' : `${String(vary)}, Accept-Language`,
    );
  }

  /** The most wanted of the languages; the first one where none is wanted, as some text is better than none. */
  among(available: readonly [string, ...string[]]): string {
    const key = available.join();
    const language = this.choices.get(key) ?? this.choose(key, available);
    if (!this.chosen.has(language)) {
      this.chosen.add(language);
      this.reply.header('Content-Language', [...this.chosen].join(', '));
    }
    return language;
  }

  private choose(key: string, available: readonly [string, ...string[]]): string {
    const language = this.negotiator?.languages(available)[0] ?? available[0];
    this.choices.set(key, language);
    return language;
  }
}

/** What the header `Accept-Language` wants (RFC 9110 §12.5.4). */
export const WantedLanguage = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  const { headers } = http.getRequest<FastifyRequest>();
  return new LanguageChoice(headers['accept-language'], http.getResponse<FastifyReply>());
});
