import type { McpToolResult } from '@app/mcp';
import type { KeptCard } from '../cards/card.store.js';
import type { CardFileView, CardView } from '../cards/card.view.js';
import type { DataPart } from './answer-writer.js';

/** What is told of a result. */
export interface ToldResult {
  /** To the person. */
  readonly text: string;
  readonly modelText: string;
  readonly isError: boolean;
  /** What the person is shown beside the answer. */
  readonly card?: CardView;
}

/** What the files of a result are called where it says nothing of them. */
const NAMES: readonly (readonly [type: string, words: string])[] = [
  ['image/', 'image'],
  ['audio/', 'recording'],
];

/** A model passes it on: the person sees nothing of the result itself. */
const LOST_WORDS = '[A part that is for the person alone could not be shown to them]';

export function toldResult(
  { text, modelText = text, isError }: McpToolResult,
  { card, leftOut, isLost }: KeptCard = { leftOut: [] },
): ToldResult {
  if (!card && leftOut.length === 0 && !isLost) return { text, modelText, isError };
  const lost = [leftOut.length > 0 && lostFiles(leftOut), isLost && LOST_WORDS]
    .filter(Boolean)
    .join('\n');
  const shown = text === '' && card ? wordsOf(card.files) : text;
  return {
    text: [shown, lost].filter(Boolean).join('\n'),
    modelText: [modelText, lost].filter(Boolean).join('\n'),
    isError,
    ...(card && { card }),
  };
}

/** A card as a part of the answer. */
export function cardPart(card: CardView): DataPart {
  return { name: 'card', id: `card-${card.callId}`, value: card };
}

function wordsOf(files: readonly CardFileView[]): string {
  const [first] = files as [CardFileView];
  if (files.length > 1) return `Here are ${files.length} files.`;
  const [, words] = NAMES.find(([type]) => first.mediaType.startsWith(type)) ?? ['', 'file'];
  return `Here is the ${words}.`;
}

function lostFiles(names: readonly string[]): string {
  return `[There is no room for ${names.map((name) => `"${name}"`).join(', ')}: not shown]`;
}
