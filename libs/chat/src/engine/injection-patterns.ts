/**
 * How words to a language model read in published attacks (docs/injections.md). They stop nothing, as no list tells such
 * words from data; a server whose results have them is worth a look. No pattern can run longer than its text: each gap has
 * a bound.
 */
const PATTERNS: Readonly<Record<string, RegExp>> = {
  'other-instructions':
    /\b(?:ignore|disregard|forget|override)\b[^.]{0,40}\b(?:previous|prior|above|earlier|your|all)\b[^.]{0,40}\b(?:instruction|prompt|rule|guideline)s?\b/i,
  'important-marker': /<\/?(?:important|system|instructions?|admin)>/i,
  'chat-marker': /<\|(?:im_start|im_end|system|assistant|user|end_of_turn)\|>|\[\/?INST\]/i,
  'new-role': /\byou are (?:now|no longer)\b|\b(?:new|updated) system prompt\b/i,
  concealment:
    /\b(?:do not|don't|never) (?:tell|mention|inform|reveal|notify)\b[^.]{0,40}\b(?:user|person|human|them)\b/i,
  'secret-request':
    /\b(?:send|post|forward|upload|transmit)\b[^.]{0,60}\b(?:api[ _-]?keys?|passwords?|private keys?|credentials|access tokens?|one-time codes?)\b/i,
  'image-with-data': /!\[[^\]]{0,200}\]\(\s{0,5}https?:\/\/[^)\s?]{1,300}\?[^)\s]{0,300}=/i,
};

/** How much of a result is looked at. Characters. */
const LOOKED_AT_LENGTH = 65_536;

/** The names of the patterns that a text has. */
export function injectionPatternsIn(text: string): string[] {
  const begin = text.slice(0, LOOKED_AT_LENGTH);
  return Object.entries(PATTERNS).flatMap(([name, pattern]) => (pattern.test(begin) ? [name] : []));
}
