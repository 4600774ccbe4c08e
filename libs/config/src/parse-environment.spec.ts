import Joi from 'joi';
import { parseEnvironment } from './index.js';

const schema = { PORT: Joi.number().port().default(3000), SECRET: Joi.string().min(32).required() };

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
    expect(attempt).toThrow(/PORT must be a number; SECRET length must be at least 32/);
    expect(attempt).not.toThrow(/hunter2/);
  });
});
