import fc from 'fast-check';
import {
  AuthenticationResponseDto,
  RegistrationResponseDto,
} from '../../libs/auth/src/factors/passkeys/authenticator-response.dto.js';
import { inputPipe, SecurityError } from '../../libs/security/src/index.js';
import { anyText, fuzz, FUZZ_TIMEOUT_MS } from './fuzzing.ts';

const ID = 'AQIDBAUGBwgJCgsMDQ4PEA';
const VALID = {
  id: ID,
  rawId: ID,
  type: 'public-key',
  response: {
    clientDataJSON: 'e30',
    attestationObject: 'oA',
    authenticatorData: 'AAAA',
    signature: 'AAAA',
  },
};

const odd = fc.oneof(
  anyText(60),
  fc.jsonValue(),
  fc.constantFrom(undefined, null, '', 'AA==', 'A-_A', 'A+/A', ID.repeat(100)),
);
const oddMembers = fc.dictionary(
  fc.constantFrom(
    ...'id rawId type authenticatorAttachment clientExtensionResults transports userHandle toString constructor extra'.split(
      ' ',
    ),
  ),
  odd,
  { maxKeys: 4, noNullPrototype: true },
);

const pipe = inputPipe();

it(
  'WebAuthn responses: a response is read in one spelling, or refused',
  { timeout: FUZZ_TIMEOUT_MS },
  () =>
    fuzz(
      'WebAuthn responses',
      fc.asyncProperty(
        fc.constantFrom(AuthenticationResponseDto, RegistrationResponseDto),
        oddMembers,
        fc.oneof(oddMembers, odd),
        async (metatype, outer, inner) => {
          const response =
            typeof inner === 'object' && inner !== null && !Array.isArray(inner)
              ? { ...VALID.response, ...inner }
              : (inner ?? VALID.response);
          const sent: unknown = JSON.parse(JSON.stringify({ ...VALID, response, ...outer }));
          try {
            const read = (await pipe.transform(sent, {
              type: 'body',
              metatype,
            })) as AuthenticationResponseDto;
            expect(read).toBeInstanceOf(metatype);
            for (const text of [read.id, read.rawId, read.response.clientDataJSON]) {
              expect(text).toMatch(/^[\w-]+$/);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(SecurityError);
          }
        },
      ),
    ),
);
