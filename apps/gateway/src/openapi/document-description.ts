/** The first page of the reference. Its headings are entries of the navigation. */
export const DOCUMENT_DESCRIPTION = `
Sign in, pick an assistant, chat.

## Authorize

1. \`POST /api/auth/register\`, or \`/api/auth/login\` later on, answers with \`data.accessToken\` and \`data.refreshToken\`.
2. Send the access token with each call: \`Authorization: Bearer <accessToken>\`. On this page, paste it into
   **Authentication**; samples and requests then carry it.
3. The access token lasts 24 hours. On \`token_expired\`, send the refresh token to \`POST /api/auth/refresh\` and store both
   new tokens. If the answer is lost, send the same refresh token again.

An app that holds a key in secure hardware can bind its session to it with DPoP (RFC 9449): send the header \`DPoP\` with
the sign-in and with each later call, and the token as \`Authorization: DPoP <accessToken>\`.

## Answers

\`\`\`json
{ "success": true, "data": {} }
\`\`\`

\`\`\`json
{ "success": false, "error": { "code": "rate_limited", "message": "…", "requestId": "…" } }
\`\`\`

Act on \`code\`, show \`message\`, and name \`requestId\` when you report a problem. Unknown fields of a request are refused;
ignore unknown fields of an answer.

## Limits and retries

Each answer carries \`RateLimit-Policy\` and \`RateLimit\`. After 429 and 503, wait for the seconds in \`Retry-After\`. Repeat a
\`GET\` freely. A message whose answer is lost is in the history of its conversation: look there before you send it again.
`.trim();
