const PASSWORD = 'a password for the bench';

/** A phone with an account of its own, on which its owner has signed in. */
export interface Phone {
  readonly userId: string;
  readonly username: string;
  readonly password: string;
  readonly device: { readonly token: string };
  readonly token: string;
}

interface Registered {
  readonly data: {
    readonly userId: string;
    readonly accessToken: string;
    readonly deviceToken: string;
  };
}

export async function aPhone(url: string, username: string): Promise<Phone> {
  const credentials = { username, password: PASSWORD };
  const answer = await post(`${url}/api/auth/register`, credentials);
  if (!answer.ok) throw new Error(`${username} was answered with ${answer.status}`);
  const { data } = (await answer.json()) as Registered;
  const { userId, accessToken: token, deviceToken } = data;
  return { userId, ...credentials, device: { token: deviceToken }, token };
}

/** Signs in on the phone. */
export function login(
  url: string,
  { username, password, device }: Phone,
  headers: Record<string, string> = {},
): Promise<Response> {
  return post(`${url}/api/auth/login`, { username, password, device }, headers);
}

/** Resolves once the answer is there as a whole. */
export async function post(
  url: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return new Response(await answer.arrayBuffer(), answer);
}

export async function get(url: string, token: string): Promise<Response> {
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
  return new Response(await answer.arrayBuffer(), answer);
}
