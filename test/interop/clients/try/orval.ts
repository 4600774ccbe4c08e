import {
  getHistory,
  getProfile,
  listProfiles,
  register,
  sendMessage,
} from '../.generated/orval/client.js';
import { MESSAGE, PASSWORD, type Tried } from './tried.js';

/** The addresses are part of the code that orval writes. */
export async function tryOut(_baseUrl: string, username: string): Promise<Tried> {
  const registered = await register({ username, password: PASSWORD });
  if (registered.status !== 201) throw new Error(`register: ${registered.status}`);
  const { accessToken, userId } = registered.data.data;
  const options = { headers: { Authorization: `Bearer ${accessToken}` } };
  const profiles = await listProfiles(options);
  const chat = await sendMessage({ message: MESSAGE, profile_id: 'notes' }, options);
  if (profiles.status !== 200 || chat.status !== 200) throw new Error('refused');
  if (typeof chat.data === 'string') throw new Error('not as expected');
  const { conversationId, response } = chat.data.data;
  const history = await getHistory(conversationId, { limit: 10 }, options);
  const missing = await getProfile('none', options);
  if (history.status !== 200 || missing.status === 200) throw new Error('not as expected');
  return {
    userId,
    profileIds: profiles.data.data.map(({ id }) => id),
    response,
    historyRoles: history.data.data.messages.map(({ role }) => role),
    refused: [missing.data.error.code, missing.status],
  };
}
