import type { FastifyReply } from 'fastify';

/** A result that is not sent as the data of an envelope with the status of its route. */
export abstract class OwnAnswer {
  /** Sends it. Whatever may be refused has been refused before. */
  abstract sendTo(reply: FastifyReply): void;
}

/** `202`: the work has begun, and goes on without the caller. */
export class AcceptedAnswer extends OwnAnswer {
  constructor(
    private readonly data: object,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super();
  }

  override sendTo(reply: FastifyReply): void {
    void reply.status(202).headers(this.headers).send({ success: true, data: this.data });
  }
}
