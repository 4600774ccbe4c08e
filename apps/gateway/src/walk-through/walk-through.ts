/** The way of a first user, for a terminal: what a development gateway prints when it is up, and the README shows. */
export function walkThrough(url: string): string {
  return `API=${url}/api
TOKEN=$(curl -s $API/auth/register -H 'Content-Type: application/json' \\
  -d '{"username":"ada","password":"correct horse battery"}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')
curl -s $API/profiles -H "Authorization: Bearer $TOKEN"
curl -s $API/chat -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"profile_id":"notes","message":"/add_note title=Milk text=\\"2 litres\\""}'
curl -s $API/chat -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"profile_id":"notes","message":"/list_notes"}'
curl -s $API/chat/conversations -H "Authorization: Bearer $TOKEN"
curl -s -X POST $API/auth/logout -H "Authorization: Bearer $TOKEN"`;
}
