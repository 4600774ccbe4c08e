import { canonicalDigest, type McpTool } from '@app/mcp';
import type { ApprovalRequest, Decision } from '../approvals/approval-request.js';
import type { ShownArgument } from '../approvals/approval.entity.js';
import { ChatError } from '../chat.error.js';
import { type Profile, shownArguments } from '../profiles/profile.js';
import { toolTitle } from './tool-title.js';
import { visible } from './visible-text.js';

/** The longest arguments that a person is asked about. Characters of JSON. */
const LONGEST_ARGUMENTS = 8_192;

/** The same as they are shown, with codes in the place of what cannot be seen: a card is one part of an answer. */
const LONGEST_SHOWN = 32_768;

/** The longest summary of what a tool does. Characters. */
const LONGEST_SUMMARY = 300;

/** What is asked of the person before a tool is called; undefined for arguments that are too long to be read. */
export function approvalRequest(
  profile: Profile,
  tool: McpTool,
  callId: string,
  input: Readonly<Record<string, unknown>>,
): ApprovalRequest | undefined {
  const shown = shownArguments(profile, tool.name, input);
  if (JSON.stringify(shown).length > LONGEST_ARGUMENTS) return undefined;
  const shownAsText = Object.entries(shown).map(shownArgument);
  if (JSON.stringify(shownAsText).length > LONGEST_SHOWN) return undefined;
  const title = toolTitle(tool);
  return {
    callId,
    tool: tool.name,
    title: visible(title),
    summary: visible(summaryOf(tool.description) ?? title),
    arguments: shownAsText,
    input: shown,
    argumentsDigest: canonicalDigest(input),
    definitionDigest: tool.digest,
  };
}

/** @throws ChatError `approval_mismatch` unless the person has approved exactly this */
export function assertAsShown(
  { argumentsDigest, definitionDigest, tool: name }: Decision,
  tool: McpTool | undefined,
  input: Readonly<Record<string, unknown>>,
): asserts tool {
  const isSame =
    tool?.name === name &&
    tool.digest === definitionDigest &&
    canonicalDigest(input) === argumentsDigest;
  if (!isSame) throw ChatError.failed('approval_mismatch');
}

/** Whether an approval is too old for anything to be done now. */
export function isOutdated({ countsUntil }: Decision): boolean {
  return countsUntil.getTime() <= Date.now();
}

/** What a person is told then. */
export const APPROVED_TOO_LONG_AGO =
  'You approved this too long ago. It has not been done. Ask for it again.';

function shownArgument([name, value]: [string, unknown]): ShownArgument {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { name: visible(name), value: visible(text) };
}

/** The first sentence of a description: what follows is for models. */
function summaryOf(description: string): string | undefined {
  const [sentence] = /^[^\n]*?[.!?。！？](?=\s|$)|^[^\n]+/u.exec(description.trim()) ?? [];
  return sentence && Array.from(sentence).slice(0, LONGEST_SUMMARY).join('');
}
