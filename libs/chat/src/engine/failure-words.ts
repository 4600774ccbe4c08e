/** Prefixes that server SDKs put before a refusal: useful to the developer of the server, not to a user. */
const INTRODUCTIONS =
  /^(?:\s*(?:MCP error -?\d+:|(?:Input )?validation error:|Invalid (?:arguments|params|parameters|input)(?: for tool [^\s:]+)?:|Error executing tool [^\s:]+:|(?:Mcp|Tool)Error:|Error:))+\s*/i;

const NO_WORDS = 'The command failed, and there is nothing that says why.';

/** The words of a tool that failed, for a person: without codes of the protocol, and validation issues as sentences. */
export function failureWords(text: string): string {
  const words = text.replace(INTRODUCTIONS, '').trim();
  return issuesAsLines(words) ?? (words === '' ? NO_WORDS : words);
}

/** Many servers write the list of issues of their validator as JSON. */
function issuesAsLines(text: string): string | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const issues: unknown = JSON.parse(text);
    const lines = Array.isArray(issues) ? issues.map(issueAsLine) : [];
    return lines.length > 0 && lines.every((line) => line !== undefined)
      ? lines.join('\n')
      : undefined;
  } catch {
    return undefined;
  }
}

function issueAsLine(issue: unknown): string | undefined {
  const { path, message } = Object(issue) as { path?: unknown; message?: unknown };
  if (typeof message !== 'string' || !Array.isArray(path)) return undefined;
  return path.length > 0 ? `${path.map(String).join('.')}: ${message}` : message;
}
