import type { IncomingMessage } from 'node:http';
import { ModelError, type ModelErrorCode } from '../model.error.js';

/** How much of the body of an error is looked at, for the code in it. Bytes. */
const MAX_ERROR_BYTES = 16_384;

/** A word that a provider calls an error by: nothing that could quote anything. */
const CODE = /^[a-z][a-z0-9_.-]{0,63}$/i;

/** Codes of a 429 that no waiting helps against. */
const OUT_OF_CREDIT = /quota|billing|credit/i;

/** Statuses of a server that may be able to answer a moment later; 529 is Anthropic's word for overload. */
const PASSING = new Set([408, 500, 502, 503, 504, 529]);

/** What an answer with another status than 2xx means. Its body is not kept. */
export async function refusal(answer: IncomingMessage): Promise<ModelError> {
  const statusCode = answer.statusCode ?? 0;
  const code = await errorCode(answer);
  const reason = code ?? (statusCode < 400 ? 'redirect' : `status_${statusCode}`);
  const retryAfterMs = retryAfter(answer.headers);
  return new ModelError(meaning(statusCode, code), {
    reason,
    statusCode,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function meaning(statusCode: number, code: string | undefined): ModelErrorCode {
  if (statusCode === 429) {
    return code !== undefined && OUT_OF_CREDIT.test(code) ? 'model_refused' : 'model_busy';
  }
  return PASSING.has(statusCode) ? 'model_unavailable' : 'model_refused';
}

async function errorCode(answer: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > MAX_ERROR_BYTES) break;
    }
    const { error } = Object(JSON.parse(Buffer.concat(chunks).toString())) as { error?: unknown };
    const { code, status, type } = Object(error) as Record<string, unknown>;
    return [code, status, type].find(
      (one): one is string => typeof one === 'string' && CODE.test(one),
    );
  } catch {
    // No JSON, or it ended in the middle: the status has to say enough.
    return undefined;
  } finally {
    answer.destroy();
  }
}

/** Milliseconds, from `Retry-After` in either form, or from the finer header of some providers. */
function retryAfter(headers: IncomingMessage['headers']): number | undefined {
  const fine = Number(headers['retry-after-ms']);
  if (Number.isFinite(fine) && fine >= 0) return fine;
  const given = headers['retry-after'];
  if (given === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(ms, 0);
}
