import { lostOperationIds, operationIdOf } from './operation-id.js';

const document = (operations: Record<string, string>) => ({
  paths: Object.fromEntries(
    Object.entries(operations).map(([path, operationId]) => [path, { get: { operationId } }]),
  ) as never,
});

describe('the id of an operation', () => {
  it('is the verb of the handler and the subject of the controller', () => {
    expect(operationIdOf('ProfileController', 'get')).toBe('getProfile');
    expect(operationIdOf('ProfileController', 'list')).toBe('listProfiles');
  });

  it('is missed when it changes or goes, and not when one is added', () => {
    const before = document({ '/a': 'getA', '/b': 'getB', '/c': 'getC' });
    const after = document({ '/a': 'getA', '/b': 'readB', '/d': 'getD' });
    expect(lostOperationIds(before, after)).toEqual(['getB (GET /b)', 'getC (GET /c)']);
    expect(lostOperationIds(before, before)).toEqual([]);
  });
});
