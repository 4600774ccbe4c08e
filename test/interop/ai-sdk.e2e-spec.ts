import { DefaultChatTransport, readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai';
import { aUser, call, type User } from '../e2e/client.ts';
import { type Gateway, startGateway } from '../e2e/gateway.ts';
import { aProfilesDir } from '../e2e/profiles.ts';
import { aSlowProfile } from '../e2e/streams.ts';

// An independent client: the transport of the AI SDK (npm: ai), as `useChat` has it.
type RunMessage = UIMessage<{ runId: string; conversationId: string }>;

const slow = aSlowProfile();
const confirmed = { ...(slow['slow.json'] as object), id: 'confirmed', confirm: ['tell_story'] };

let gateway: Gateway;
let user: User;
beforeAll(async () => {
  gateway = await startGateway({
    environment: { PROFILES_DIR: aProfilesDir({ ...slow, 'confirmed.json': confirmed }) },
  });
  user = await aUser(gateway);
});

/** What an app sets up once: our body, our addresses, and the run of each chat to resume. */
function aTransport(runs: Map<string, { runId: string; after?: string }>, profileId = 'slow') {
  return new DefaultChatTransport<RunMessage>({
    api: `${gateway.url}/api/chat`,
    headers: { Authorization: `Bearer ${user.token}` },
    prepareSendMessagesRequest: ({ id, messages }) => ({
      headers: { Authorization: `Bearer ${user.token}`, Accept: 'text/event-stream' },
      body: {
        profile_id: profileId,
        conversation_id: id,
        message: messages
          .at(-1)!
          .parts.map((part) => (part.type === 'text' ? part.text : ''))
          .join(''),
      },
    }),
    prepareReconnectToStreamRequest: ({ id }) => ({
      api: `${gateway.url}/api/chat/runs/${runs.get(id)!.runId}/events`,
      headers: { Authorization: `Bearer ${user.token}` },
    }),
  });
}

const send = (transport: ReturnType<typeof aTransport>, chatId: string, text: string) =>
  transport.sendMessages({
    chatId,
    trigger: 'submit-message',
    messageId: undefined,
    messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text }] }],
    abortSignal: undefined,
  });

async function messageOf(stream: ReadableStream<UIMessageChunk>): Promise<RunMessage> {
  let message: RunMessage | undefined;
  const errors: unknown[] = [];
  for await (const state of readUIMessageStream<RunMessage>({
    stream,
    onError: (error) => errors.push(error),
  })) {
    message = state;
  }
  expect(errors).toEqual([]);
  return message!;
}

const textOf = ({ parts }: RunMessage) =>
  parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');

describe('an app on the AI SDK', () => {
  it('sends a message and reads its answer as it comes', async () => {
    const stream = await send(aTransport(new Map()), 'chat-1', '/tell_story length=40000');
    const message = await messageOf(stream);
    expect(textOf(message)).toHaveLength(40_000);
    expect(message.metadata).toEqual({
      runId: message.id,
      conversationId: 'chat-1',
    });
    const tool = message.parts.find(({ type }) => type === 'dynamic-tool');
    expect(tool).toMatchObject({ title: 'Tell a story', state: 'output-available' });
    expect(message.parts.find(({ type }) => type === 'data-run')).toMatchObject({
      data: { status: 'succeeded' },
    });
  });

  it('shows what is to be approved, and goes on in the same stream', async () => {
    const stream = await send(
      aTransport(new Map(), 'confirmed'),
      'chat-4',
      '/tell_story length=50',
    );
    const cards: unknown[] = [];
    let last: RunMessage | undefined;
    for await (const message of readUIMessageStream<RunMessage>({ stream })) {
      last = message;
      const card = message.parts.find(({ type }) => type === 'data-approval');
      if (!card || cards.length > 0) continue;
      cards.push(card);
      const { runId } = message.metadata!;
      const path = `/api/chat/runs/${runId}/approvals/1`;
      await call(gateway, path, { token: user.token, body: { approve: true } });
    }
    expect(cards).toMatchObject([
      { id: '1', data: { title: 'Tell a story', arguments: [{ name: 'length', value: '50' }] } },
    ]);
    expect(textOf(last!)).toHaveLength(50);
    const ofType = (name: string) => last!.parts.filter(({ type }) => type === name);
    expect(ofType('data-approval')).toMatchObject([{ data: { state: 'approved' } }]);
    expect(ofType('dynamic-tool')).toMatchObject([{ state: 'output-available' }]);
    expect(ofType('data-run')).toMatchObject([{ data: { status: 'succeeded' } }]);
  });

  it('resumes an answer after it has lost the connection', async () => {
    const runs = new Map<string, { runId: string }>();
    const transport = aTransport(runs);
    const cut = (
      await send(transport, 'chat-2', '/tell_story length=5000 milliseconds=1000')
    ).getReader();
    const { value } = await cut.read();
    const metadata = (value as { messageMetadata: { runId: string } }).messageMetadata;
    await cut.cancel();
    runs.set('chat-2', metadata);
    const resumed = await transport.reconnectToStream({ chatId: 'chat-2' });
    expect(textOf(await messageOf(resumed!))).toHaveLength(5_000);
  });

  it('is told of a cancelled answer, and does not take it for a complete one', async () => {
    const stream = await send(
      aTransport(new Map()),
      'chat-3',
      '/tell_story length=1 milliseconds=20000',
    );
    const [watched, read] = stream.tee();
    const { value } = await watched.getReader().read();
    const { runId } = (value as { messageMetadata: { runId: string } }).messageMetadata;
    await fetch(`${gateway.url}/api/chat/runs/${runId}/cancel`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${user.token}` },
    });
    const message = await messageOf(read);
    expect(message.parts.find(({ type }) => type === 'data-run')).toMatchObject({
      data: { status: 'cancelled' },
    });
  });
});
