import { parseEnvironment, portVariable, secretVariable } from './index.js';

const schema = { PORT: portVariable(3000), SECRET: secretVariable({ shortest: 32 }) };

describe('parseEnvironment', () => {
  it('converts, and fills in defaults', () => {
    const secret = 'x'.repeat(32);
    expect(parseEnvironment(schema, { SECRET: secret, OTHER: 'ignored' })).toEqual({
      PORT: 3000,
      SECRET: secret,
    });
  });

  it('treats an empty variable as absent', () => {
    expect(() => parseEnvironment(schema, { SECRET: '' })).toThrow(/SECRET is required/);
  });

  it('names every bad variable in one line, without its value', () => {
    const attempt = () => parseEnvironment(schema, { PORT: 'http', SECRET: 'hunter2' });
    expect(attempt).toThrow(/PORT must be a whole number .*; SECRET must have at least 32 bytes/);
    expect(attempt).not.toThrow(/hunter2/);
  });
});
