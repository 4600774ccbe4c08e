import pino from 'pino';
import type { FastifyInstance } from 'fastify';
import { logRequests } from './access-log.js';
import { type ChangedLevel, LogLevels } from './log-levels.js';
import type { LogModule } from './log-modules.js';
import { pinoOptions } from './pino-options.js';

const until = (milliseconds: number) => Date.now() + milliseconds;

describe('the levels of modules', () => {
  let levels: LogLevels;
  let log: pino.Logger;
  let lines: string[];
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    levels = new LogLevels();
    lines = [];
    log = pino(pinoOptions({ level: 'info' }, levels), { write: (line) => void lines.push(line) });
    levels.follow(log);
  });
  afterEach(() => void vi.useRealTimers());

  const set = (changes: Partial<Record<LogModule, ChangedLevel>>) =>
    levels.set(new Map(Object.entries(changes) as [LogModule, ChangedLevel][]));
  const written = () =>
    lines.splice(0).map((line) => (JSON.parse(line) as { message: string }).message);
  const logAll = (context: string) => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
      log[level]({ context, event: `${context} ${level}` });
    }
  };

  it('are the configured one until one is set, and then that for its module alone', () => {
    set({ Runs: { level: 'debug', end: until(60_000) }, Mail: { level: 'error', end: until(1) } });
    for (const context of ['Runs', 'Mail', 'Tools']) logAll(context);
    expect(written()).toEqual([
      'Runs debug',
      'Runs info',
      'Runs warn',
      'Runs error',
      'Mail error',
      'Tools info',
      'Tools warn',
      'Tools error',
    ]);
  });

  it('leave the logger as it was configured without one, so that a line below costs nothing', () => {
    expect(log.isLevelEnabled('debug')).toBe(false);
    set({ Runs: { level: 'trace', end: until(60_000) } });
    expect(log.isLevelEnabled('trace')).toBe(true);
    set({});
    expect(log.isLevelEnabled('debug')).toBe(false);
    set({ Runs: { level: 'error', end: until(60_000) } });
    expect(log.level).toBe('info');
  });

  it('are still told as configured by a process that writes fewer lines', () => {
    levels.follow(log, 'warn');
    logAll('Runs');
    expect([levels.configured, written()]).toEqual(['info', ['Runs warn', 'Runs error']]);
  });

  it('end on time, without a look at the database', () => {
    set({ Runs: { level: 'debug', end: until(60_000) } });
    vi.setSystemTime(until(60_000));
    logAll('Runs');
    expect(written()).toEqual(['Runs info', 'Runs warn', 'Runs error']);
  });

  it('let nothing into a line that is not on the list of fields', () => {
    set({ Runs: { level: 'trace', end: until(60_000) } });
    log.trace({ context: 'Runs', event: 'x', password: 'hunter2', body: { text: 'hi' } });
    expect(lines.join('')).toContain('"metadata":{"context":"Runs","event":"x"}');
    expect(lines.join('')).not.toMatch(/hunter2|hi"/);
  });

  it('hold for the access log, too', () => {
    const hooks: Record<string, (...args: unknown[]) => void> = {};
    const server = { addHook: (name: string, hook: never) => void (hooks[name] = hook) };
    logRequests(server as unknown as FastifyInstance, log, levels);
    const answer = (url: string) =>
      hooks.onResponse!(
        { id: 'r', method: 'GET', routeOptions: { url } },
        { statusCode: 200, elapsedTime: 1 },
        () => {},
      );
    const linesOf = () => {
      for (const url of ['/health', '/api/profiles']) answer(url);
      return lines.splice(0).length;
    };
    expect(linesOf()).toBe(1);
    set({ Requests: { level: 'warn', end: until(60_000) } });
    expect(linesOf()).toBe(0);
    set({ Requests: { level: 'debug', end: until(60_000) } });
    expect(linesOf()).toBe(2);
  });
});
