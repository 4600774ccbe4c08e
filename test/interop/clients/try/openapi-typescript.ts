import createClient from 'openapi-fetch';
import type { paths } from '../.generated/openapi-typescript/schema.js';
import { MESSAGE, PASSWORD, type Tried } from './tried.js';

export async function tryOut(baseUrl: string, username: string): Promise<Tried> {
  const client = createClient<paths, 'application/json'>({ baseUrl });
  const registered = await client.POST('/api/auth/register', {
    body: { username, password: PASSWORD },
  });
  const { accessToken, userId } = registered.data!.data;
  client.use({
    onRequest: ({ request }) => {
      request.headers.set('Authorization', `Bearer ${accessToken}`);
    },
  });
  const profiles = await client.GET('/api/profiles');
  const chat = await client.POST('/api/chat', { body: { message: MESSAGE, profile_id: 'notes' } });
  const answer = chat.data!.data;
  if (!('response' in answer)) throw new Error('not as expected');
  const { conversationId, response } = answer;
  const history = await client.GET('/api/chat/history/{conversationId}', {
    params: { path: { conversationId }, query: { limit: 10 } },
  });
  const missing = await client.GET('/api/profiles/{profileId}', {
    params: { path: { profileId: 'none' } },
  });
  return {
    userId,
    profileIds: profiles.data!.data.map(({ id }) => id),
    response,
    historyRoles: history.data!.data.messages.map(({ role }) => role),
    refused: [missing.error?.error.code, missing.response.status],
  };
}
