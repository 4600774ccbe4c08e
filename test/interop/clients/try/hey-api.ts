import { createClient } from '../.generated/hey-api/client/index.js';
import {
  getHistory,
  getProfile,
  listProfiles,
  register,
  sendMessage,
} from '../.generated/hey-api/index.js';
import { MESSAGE, PASSWORD, type Tried } from './tried.js';

export async function tryOut(baseUrl: string, username: string): Promise<Tried> {
  let token: string | undefined;
  const client = createClient({ baseUrl, auth: () => token });
  const registered = await register({ client, body: { username, password: PASSWORD } });
  const { accessToken, userId } = registered.data!.data;
  token = accessToken;
  const profiles = await listProfiles({ client });
  const chat = await sendMessage({ client, body: { message: MESSAGE, profile_id: 'notes' } });
  const answer = chat.data!.data;
  if (!('response' in answer)) throw new Error('not as expected');
  const { conversationId, response } = answer;
  const history = await getHistory({ client, path: { conversationId }, query: { limit: 10 } });
  const missing = await getProfile({ client, path: { profileId: 'none' } });
  return {
    userId,
    profileIds: profiles.data!.data.map(({ id }) => id),
    response,
    historyRoles: history.data!.data.messages.map(({ role }) => role),
    refused: [missing.error?.error.code, missing.response!.status],
  };
}
