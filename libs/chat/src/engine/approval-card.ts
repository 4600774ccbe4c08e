import { canonicalDigest, type McpTool } from '@app/mcp';
import type { ApprovalRequest, Decision } from '../approvals/approval-request.js';
import type { ShownArgument } from '../approvals/approval.entity.js';
import { ChatError } from '../chat.error.js';
import { type Profile, shownArguments } from '../profiles/profile.js';
import { toolTitle } from './tool-title.js';

/** The longest arguments that a person is asked about. Characters of JSON. */
const LONGEST_ARGUMENTS = 8_192;

/** The same as they are shown, with codes in the place of what cannot be seen: a card is one part of an answer. */
const LONGEST_SHOWN = 32_768;

/** The longest summary of what a tool does. Characters. */
const LONGEST_SUMMARY = 300;

/** What is not seen where a text is shown, or changes how its other characters are seen. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{C}\u2800]/gu;

/** But for line ends and tabs, and what joins the parts of an emoji. */
const HARMLESS = /^[\n\t]$/;
const JOINS_EMOJI = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u;
const JOINERS = '\u200d\ufe0f';

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

function shownArgument([name, value]: [string, unknown]): ShownArgument {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { name: visible(name), value: visible(text) };
}

/** With a code in the place of each character that would not be seen: what is approved has to be read. */
function visible(text: string): string {
  return text.replace(INVISIBLE, (character, at: number) => {
    const isJoiner =
      JOINERS.includes(character) && JOINS_EMOJI.test(text.slice(Math.max(0, at - 2), at));
    if (isJoiner || HARMLESS.test(character)) return character;
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

/** The first sentence of a description: what follows is for models. */
function summaryOf(description: string): string | undefined {
  const [sentence] = /^[^\n]*?[.!?。！？](?=\s|$)|^[^\n]+/u.exec(description.trim()) ?? [];
  return sentence && Array.from(sentence).slice(0, LONGEST_SUMMARY).join('');
}
