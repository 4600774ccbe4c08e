import fc from 'fast-check';
import { cursorOf, pageOf } from '../../libs/chat/src/conversations/page.js';
import { SecurityError } from '../../libs/security/src/index.js';
import { anyText, fuzz, FUZZ_TIMEOUT_MS } from './fuzzing.ts';

const CANONICAL_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const cursor = fc.oneof(
  anyText(),
  fc
    .array(
      fc.oneof(
        fc.uuid(),
        fc.uuid().map((id) => id.toUpperCase()),
        anyText(40),
      ),
      { maxLength: 4 },
    )
    .map((key) => cursorOf(...key)),
  fc
    .tuple(
      fc.date({ noInvalidDate: true }).map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.uuid(),
    )
    .map(([spelled, instant, id]) => cursorOf(spelled.length % 2 ? spelled : instant, id)),
);

it(
  'cursors: a page begins behind a canonical key, or the cursor is refused',
  { timeout: FUZZ_TIMEOUT_MS },
  () =>
    fuzz(
      'cursors',
      fc.property(cursor, (text) => {
        try {
          const { cursor: key } = pageOf({ cursor: text });
          if (key === undefined) return;
          expect(key.at(-1)).toMatch(CANONICAL_ID);
          if (key.length === 2) expect(new Date(key[0]!).toISOString()).toBe(key[0]);
        } catch (error) {
          expect(error).toBeInstanceOf(SecurityError);
        }
      }),
    ),
);
