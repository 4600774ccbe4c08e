import fc from 'fast-check';
import { pageOf } from '../../libs/chat/src/conversations/page.js';
import { SecurityError } from '../../libs/security/src/index.js';
import { anyText, fuzz, FUZZ_TIMEOUT_MS } from './fuzzing.ts';

const CANONICAL_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const cursorOf = (...key: string[]) => Buffer.from(key.join(' ')).toString('base64url');

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
    .map(([spelled, instant, id]) => cursorOf('1', spelled.length % 2 ? spelled : instant, id)),
  fc.uuid().map((id) => cursorOf('<', id)),
  fc
    .tuple(fc.constantFrom('', '<'), fc.bigInt({ min: -1n, max: 2n ** 64n }), fc.uuid())
    .map(([back, number, id]) => cursorOf(...(back ? [back] : []), String(number), id)),
);

it(
  'cursors: a page begins behind a canonical key, or the cursor is refused',
  { timeout: FUZZ_TIMEOUT_MS },
  () =>
    fuzz(
      'cursors',
      fc.property(cursor, fc.constantFrom('conversation', 'message', 'hit'), (text, list) => {
        try {
          const { key, direction } = pageOf({ cursor: text }, list).cursor!;
          expect(key.at(-1)).toMatch(CANONICAL_ID);
          expect(key).toHaveLength({ message: 1, hit: 2, conversation: 3 }[list]);
          if (list === 'message') return;
          if (list === 'hit') {
            expect(direction).toBe('next');
            expect(Number.isSafeInteger(Number(key[0]))).toBe(true);
            return;
          }
          expect(key[0]).toMatch(/^[01]$/);
          expect(new Date(key[1]!).toISOString()).toBe(key[1]);
        } catch (error) {
          expect(error).toBeInstanceOf(SecurityError);
        }
      }),
    ),
);
