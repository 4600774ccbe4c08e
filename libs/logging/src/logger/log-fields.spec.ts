import { logFields } from './log-fields.js';

describe('logFields', () => {
  it('lets through what is on the list, and nothing else', () => {
    expect(
      logFields({ event: 'x', userId: 'u', password: 'p', body: { a: 1 }, headers: 'h' }),
    ).toEqual({ event: 'x', userId: 'u' });
  });

  it('does not follow an allowed field into an object', () => {
    expect(logFields({ reason: { password: 'p' } })).toEqual({});
  });

  it('masks what slips into an allowed field', () => {
    expect(logFields({ reason: 'no mail to ada@example.org' })).toEqual({
      reason: 'no mail to [email]',
    });
  });

  it('names an error of the database without its text, which quotes values', () => {
    class UniqueConstraintViolationException extends Error {}
    const logged = logFields({ err: new UniqueConstraintViolationException("insert 'ada'") });
    expect(JSON.stringify(logged)).not.toContain('ada');
    expect(logged).toMatchObject({ error: { type: 'UniqueConstraintViolationException' } });
  });
});
