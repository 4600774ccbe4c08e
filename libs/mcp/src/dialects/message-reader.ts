import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  type JSONRPCMessage,
} from '@modelcontextprotocol/client';
import { jsonInText } from './json-in-text.js';
import { isObject, toJson } from '../json/json-text.js';
import { isId, PendingRequests } from './pending-requests.js';
import { readResult } from './read-result.js';

/** Most messages of one JSON-RPC batch. */
const MAX_BATCH = 1000;

/** The code that JSON-RPC leaves to servers, for an error that has none. */
const SERVER_ERROR = -32000;

/** The errors whose data is read: which protocol versions the server has, and where the person has to go first. */
const WITH_DATA: ReadonlySet<number> = new Set([-32022, -32042]);

/** Methods that a server may send. Anything else without the mark of JSON-RPC is a log line in JSON. */
const OF_A_SERVER = /^(?:notifications|roots|sampling|elicitation)\/|^ping$/;

/**
 * Reads what a server sends as leniently as other hosts do, and passes on only what the SDK accepts: it rejects a
 * message as a whole for one odd member. One reader belongs to one connection, as an answer is read by its request.
 */
export class MessageReader {
  private readonly pending = new PendingRequests();

  /** The protocol version in which the server answered `initialize`, in its own words. */
  serverVersion: string | undefined;

  /** To be told of each message before it is sent. */
  sending(message: JSONRPCMessage): void {
    if (!('method' in message)) return;
    if (message.method === 'notifications/cancelled') this.forget(message.params?.requestId);
    else this.pending.add(message);
  }

  /** The request was given up: an answer that comes all the same is dropped. */
  forget(id: unknown): void {
    this.pending.delete(id);
  }

  /** The messages in a parsed value: one, those of a batch, or none if it is no message or answers no request. */
  read(value: unknown): JSONRPCMessage[] {
    const values = Array.isArray(value) ? value.slice(0, MAX_BATCH) : [value];
    return values.flatMap((one) => this.readOne(one) ?? []);
  }

  /**
   * The messages in a text. Behind something else, such as the words of a logger, only an answer is taken for one: a log of
   * what was received would be executed.
   */
  readText(text: string): JSONRPCMessage[] {
    return jsonInText(text).flatMap(({ value, isBehindNoise }) =>
      isBehindNoise ? (this.loggedAnswer(value) ?? []) : this.read(value),
    );
  }

  private readOne(value: unknown): JSONRPCMessage | undefined {
    if (!isObject(value)) return undefined;
    // Some repeat the method in its answer.
    const isAnswer = typeof value.method !== 'string' || 'result' in value || 'error' in value;
    return isAnswer ? this.answer(value) : fromServer(value);
  }

  private loggedAnswer(value: unknown): JSONRPCMessage | undefined {
    return isObject(value) && value.jsonrpc === '2.0' && !('method' in value)
      ? this.answer(value)
      : undefined;
  }

  private answer(value: Record<string, unknown>): JSONRPCMessage | undefined {
    const { id: givenId, result, error } = value;
    const isError = error !== undefined && error !== null && (!hasValue(result) || isSaid(error));
    // Some serializers leave out what is null: then the mark of JSON-RPC alone shows that this is an answer.
    const isOurs = isId(givenId) && (isError || 'result' in value);
    if (value.jsonrpc !== '2.0' && !isOurs) return undefined;
    const request = this.pending.take(givenId);
    if (!request) return undefined;
    const { id } = request;
    if (isError) return { jsonrpc: '2.0', id, error: readError(error) };
    if (request.method === 'initialize') this.serverVersion = versionOf(result);
    return { jsonrpc: '2.0', id, result: readResult(request, result) };
  }
}

function fromServer(value: Record<string, unknown>): JSONRPCMessage | undefined {
  const { jsonrpc, id, method, params } = value;
  if (jsonrpc !== '2.0' && !OF_A_SERVER.test(method as string)) return undefined;
  const head = { jsonrpc: '2.0', ...(id !== undefined && id !== null && { id }), method };
  return asMessage(isObject(params) ? { ...head, params } : head) ?? asMessage(head);
}

function asMessage(value: unknown): JSONRPCMessage | undefined {
  return isJSONRPCRequest(value) || isJSONRPCNotification(value) ? value : undefined;
}

/** Goes into a header, so it is held to what one may carry. */
function versionOf(result: unknown): string | undefined {
  const version = isObject(result) ? result.protocolVersion : undefined;
  return typeof version === 'string' && /^[\w.-]{1,32}$/.test(version) ? version : undefined;
}

function readError(error: unknown): { code: number; message: string; data?: unknown } {
  if (!isObject(error)) return { code: SERVER_ERROR, message: wordsOf(error) };
  const code = Number.isInteger(error.code) ? (error.code as number) : SERVER_ERROR;
  const message =
    wordsOf(error.message) ||
    wordsOf(isObject(error.data) ? (error.data.message ?? error.data) : error.data);
  return { code, message, ...(WITH_DATA.has(code) && { data: error.data }) };
}

/** Such as the same in several languages. */
function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : isObject(value) ? (toJson(value) ?? '') : '';
}

function hasValue(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Some languages write an error in each answer: beside a result, one that says nothing is none. */
function isSaid(error: unknown): boolean {
  if (!isObject(error)) return Boolean(error);
  return Boolean(error.code) || wordsOf(error.message) !== '';
}
