import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { createParser, type EventSourceMessage } from 'eventsource-parser';

/**
 * Reads a stream of events as the standard says (any line end, comments, ids, data of many lines), and rewrites it with
 * the messages that `read` finds in it. Events that hold none stay for their ids, by which a stream is resumed.
 */
export function messagesOfEvents(
  read: (text: string) => JSONRPCMessage[],
): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let written: string[] = [];
  const parser = createParser({
    onEvent: (event) => written.push(...rewrite(event, read)),
    onRetry: (milliseconds) => written.push(`retry: ${milliseconds}\n\n`),
  });
  let isFirst = true;
  let json: string | undefined;
  const feed = (text: string, controller: TransformStreamDefaultController<Uint8Array>) => {
    // Some servers call one message a stream.
    if (json === undefined && isFirst && /^\s*[{[]/.test(text)) json = '';
    isFirst &&= text.trim() === '';
    if (json === undefined) parser.feed(text);
    else json += text;
    if (written.length > 0) controller.enqueue(encoder.encode(written.join('')));
    written = [];
  };
  return new TransformStream({
    transform: (chunk, controller) => feed(decoder.decode(chunk, { stream: true }), controller),
    // Some servers end without the empty line that ends an event.
    flush: (controller) => {
      if (json !== undefined) written.push(...eventsOf(read(json)));
      feed(`${decoder.decode()}\n\n`, controller);
    },
  });
}

function rewrite(
  { id, data }: EventSourceMessage,
  read: (text: string) => JSONRPCMessage[],
): string[] {
  const events = eventsOf(read(data));
  // The id of an event holds for those after it: told last, a stream that breaks here is not resumed behind a message.
  return id === undefined ? events : [...events, `id: ${id}\ndata:\n\n`];
}

function eventsOf(messages: readonly JSONRPCMessage[]): string[] {
  return messages.map((message) => `data: ${JSON.stringify(message)}\n\n`);
}
