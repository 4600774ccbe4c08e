/** Which language model answers, for the same terminal. */
export function modelLine(model: string | undefined): string {
  return model === undefined
    ? 'No language model: assistants answer to commands (docs/models.md)'
    : `Language model: ${model}`;
}

/** The way of a first user, for a terminal: what a development gateway prints when it is up, and the README shows. */
export function walkThrough(url: string): string {
  return `API=${url}/api
call() { curl -s "$API/$1" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "\${@:2}"; echo; }
ADA='{"username":"ada","password":"correct horse battery"}'
call auth/register -d "$ADA"
TOKEN=$(call auth/login -d "$ADA" | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')
call profiles
call chat -d '{"profile_id":"notes","message":"/add_note title=Milk text=\\"2 litres\\""}'
call chat -d '{"profile_id":"notes","message":"/list_notes"}'
call chat/conversations
call auth/logout -X POST`;
}
