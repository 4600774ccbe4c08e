import { type Client, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/client';
import { anySignal } from 'any-signal';
import { AsyncLocalStorage } from 'node:async_hooks';
import { McpError } from '../mcp.error.js';
import { type CallEnd, makeCall, type RetryMembers } from './call-rounds.js';
import type { McpDialog } from './mcp-dialog.js';
import type { McpAnswer } from './mcp-question.js';
import { OpenAddresses } from './open-addresses.js';
import { readQuestion } from './read-question.js';
import { readSampling } from './read-sampling.js';
import { toCreateMessageResult } from './sampling-request.js';

/** How often a server may ask while one call is open, whether the person sees it or not, and outside of calls. */
const MAX_QUESTIONS = 8;
const MAX_STRAY_QUESTIONS = 20;

/** How often a server may turn to the language model while one call is open, whether it is answered or not. */
const MAX_SAMPLING = 64;

/** The code of a request that the person, or who speaks for them, refuses. */
const REFUSED = -1;

const OF_NO_CALL = 'It is not known which call it belongs to.';

export interface DialogRules {
  /** The connection is used for several people. */
  readonly isShared: boolean;
  /** The server is told that it may turn to a language model. */
  readonly allowsSampling: boolean;
  /** A question is declined without being shown to the person. */
  readonly onUnfitQuestion: (reason: string) => void;
}

/** Ends a connection whose server does not end to ask. */
export type EndConnection = (because: McpError) => void;

/** A call that is open, and what its server may ask meanwhile. */
interface OpenDialog {
  readonly dialog: McpDialog;
  readonly giveUp: AbortController;
  asked: number;
  sampled: number;
}

/**
 * What a server of 2025 asks while calls on its connection are open. The protocol does not say which call a question
 * belongs to. Over HTTP it comes in the stream of its call. Where one stream serves all calls, as over stdio, it is
 * shown only if there is but one call, of a connection that serves but one person.
 */
export class OpenDialogs {
  private readonly current = new AsyncLocalStorage<OpenDialog>();
  private readonly open = new Set<OpenDialog>();
  private readonly addresses: OpenAddresses;
  private strays = 0;

  constructor(
    client: Client,
    private readonly rules: DialogRules,
    private readonly end: EndConnection,
  ) {
    this.addresses = new OpenAddresses(client);
    // Not a handler of its own for each: the SDK refuses a question as a whole for one odd member.
    client.fallbackRequestHandler = async ({ method, params }, { mcpReq: { signal } }) => {
      if (method === 'roots/list') return { roots: [] };
      if (method === 'elicitation/create') return { ...(await this.ask(params, signal)) };
      if (method === 'sampling/createMessage' && this.rules.allowsSampling) {
        return this.sample(params, signal);
      }
      throw new ProtocolError(ProtocolErrorCode.MethodNotFound, 'Method not found');
    };
  }

  /**
   * Makes a call, during which its server may ask.
   *
   * @param send makes it once, with these members beside its own
   * @throws McpError `mcp_protocol_error` for a server that asks without end
   */
  call(
    dialog: McpDialog,
    signal: AbortSignal,
    send: (signal: AbortSignal, members: RetryMembers) => Promise<unknown>,
  ): Promise<CallEnd> {
    const { onUnfitQuestion: onUnfit } = this.rules;
    return this.during(dialog, signal, (until) =>
      makeCall({ dialog, onUnfit, signal: until, send: (members) => send(until, members) }),
    );
  }

  private async during<T>(
    dialog: McpDialog,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const one: OpenDialog = { dialog, giveUp: new AbortController(), asked: 0, sampled: 0 };
    this.open.add(one);
    const both = anySignal([signal, one.giveUp.signal]);
    try {
      return await this.current.run(one, () => work(both));
    } catch (error) {
      throw one.giveUp.signal.aborted ? one.giveUp.signal.reason : error;
    } finally {
      both.clear();
      this.open.delete(one);
      // What is asked yet is asked in vain. Most calls ask nothing.
      if (one.asked + one.sampled > 0) one.giveUp.abort(new McpError('mcp_cancelled'));
    }
  }

  private async ask(params: unknown, signal: AbortSignal): Promise<McpAnswer> {
    const one = this.callOfRequest();
    if (!one?.dialog.ask) {
      this.stray();
      return { action: 'decline' };
    }
    one.asked += 1;
    if (one.asked > MAX_QUESTIONS) {
      one.giveUp.abort(endless(`It asks more than ${MAX_QUESTIONS} times in one call.`));
      return { action: 'cancel' };
    }
    const question = readQuestion(params, one.dialog);
    if ('unfit' in question) return this.decline(question.unfit);
    const { ask } = one.dialog;
    const until = anySignal([signal, one.giveUp.signal]);
    return this.addresses.during(params, (done) => ask(question, until, done));
  }

  private async sample(params: unknown, signal: AbortSignal) {
    const one = this.callOfRequest();
    if (!one?.dialog.sample) throw refused(this.stray());
    one.sampled += 1;
    if (one.sampled > MAX_SAMPLING) {
      const reason = `It asks for the language model more than ${MAX_SAMPLING} times in one call.`;
      one.giveUp.abort(endless(reason));
      throw refused(reason);
    }
    const until = anySignal([signal, one.giveUp.signal]);
    const sampled = await one.dialog.sample(readSampling(params), until);
    if ('refusal' in sampled) throw refused(sampled.refusal);
    return toCreateMessageResult(sampled);
  }

  private callOfRequest(): OpenDialog | undefined {
    const known = this.current.getStore();
    if (known) return this.open.has(known) ? known : undefined;
    const [only, ...others] = this.open;
    return this.rules.isShared || others.length > 0 ? undefined : only;
  }

  private decline(reason: string): McpAnswer {
    this.rules.onUnfitQuestion(reason);
    return { action: 'decline' };
  }

  /** Counts, logs and words what belongs to no call that is known. */
  private stray(): string {
    this.strays += 1;
    const isEndless = this.strays > MAX_STRAY_QUESTIONS;
    if (isEndless) {
      this.end(endless(`It asks more than ${MAX_STRAY_QUESTIONS} times outside of calls.`));
    } else this.rules.onUnfitQuestion(OF_NO_CALL);
    return OF_NO_CALL;
  }
}

function refused(reason: string): ProtocolError {
  return new ProtocolError(REFUSED, reason);
}

function endless(reason: string): McpError {
  return new McpError('mcp_protocol_error', undefined, { reason });
}
