import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/client';
import { carriedResult, readToolResult } from '../results/tool-result.js';
import { isObject } from '../json/json-text.js';
import type { PendingRequest } from './pending-requests.js';

/** Brings the result of a request into the form that the SDK accepts, and keeps what can be understood of it. */
export function readResult(request: PendingRequest, given: unknown): Record<string, unknown> {
  const result = resultOf(request, given);
  if (!isObject(result._meta)) delete result._meta;
  // What is not a question back to us is complete, whether the server says so or not: the tool has acted.
  const isQuestion = isObject(given) && given.resultType === 'input_required';
  if (request.isModern && !isQuestion) result.resultType = 'complete';
  return result;
}

function resultOf(request: PendingRequest, given: unknown): Record<string, unknown> {
  switch (request.method) {
    case 'initialize':
      return initializeResult(request, isObject(given) ? given : {});
    case 'tools/call':
      return callResult(given);
    case 'tools/list':
      return isObject(given) ? { ...given } : { tools: given };
    default:
      return isObject(given) ? { ...given } : {};
  }
}

/** The SDK accepts the versions it knows. A server of another one is spoken to as offered, which most understand. */
function initializeResult(
  { offeredVersion }: PendingRequest,
  { protocolVersion, capabilities, serverInfo, instructions }: Record<string, unknown>,
): Record<string, unknown> {
  const { name, title, version } = isObject(serverInfo) ? serverInfo : {};
  const isKnown = SUPPORTED_PROTOCOL_VERSIONS.some((known) => known === protocolVersion);
  return {
    protocolVersion: isKnown ? protocolVersion : offeredVersion,
    // Of all that a server can do only its tools are used.
    capabilities: isObject(capabilities) && isObject(capabilities.tools) ? { tools: {} } : {},
    serverInfo: {
      name: typeof name === 'string' ? name : 'unnamed',
      version: typeof version === 'string' ? version : '0',
      ...(typeof title === 'string' && { title }),
    },
    ...(typeof instructions === 'string' && { instructions }),
  };
}

/** Past the SDK, since what it would reject in a result is kept or noted. */
function callResult(given: unknown): Record<string, unknown> {
  if (isObject(given) && given.resultType === 'input_required') return { ...given };
  return carriedResult(readToolResult(given));
}
