import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { assertValidEnvironment } from '../../apps/gateway/src/configuration/environment.js';
import { ConfigurationError } from '../../libs/config/src/index.js';
import { anyText, fuzz, FUZZ_TIMEOUT_MS } from './fuzzing.ts';

/** Every variable that operators are told of, with the value that they are shown. */
const VARIABLES = [
  ...readFileSync('.env.example', 'utf8').matchAll(/^#? ?([A-Z][A-Z0-9_]+)=(.*)$/gm),
].map(([, name, value]) => ({ name: name!, value: value! }));

/** These name files and folders: what lies there is not the border that is tried here. */
const NAMES = VARIABLES.map(({ name }) => name).filter(
  (name) => !/_DIR$|_CERT$|_KEY$|_FILE$/.test(name),
);

const value = fc.oneof(
  anyText(40).filter((text) => !text.includes('\0')),
  fc.constantFrom(...VARIABLES.map((variable) => variable.value)),
  fc.constantFrom(
    '',
    ' ',
    'true',
    'NO',
    '1e3',
    '0x10',
    '-1',
    '99999999999999999999',
    'null',
    '::',
    '0/0',
  ),
  fc
    .tuple(fc.nat(100_000), fc.constantFrom('s', ' d', 'ms', '/15m', '/1h', '%'))
    .map((parts) => parts.join('')),
  fc.webUrl(),
  fc.ipV6(),
  fc.ipV4().map((address) => `${address}/8.5`),
);

it(
  'configuration: any environment is taken, or refused in one line',
  { timeout: FUZZ_TIMEOUT_MS },
  () => {
    const before = process.env;
    return fuzz(
      'configuration',
      fc.property(
        fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 12 }),
        fc.constantFrom('production', 'development', 'test', undefined),
        (environment, mode) => {
          process.env = { ...environment, ...(mode === undefined ? {} : { NODE_ENV: mode }) };
          try {
            assertValidEnvironment();
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigurationError);
            const { message } = error as ConfigurationError;
            expect(message).not.toContain('\n');
          } finally {
            process.env = before;
          }
        },
      ),
    );
  },
);
