import { AuditObject } from './audit-object.js';

const ID = '01a20de4-0000-7000-8000-00000000000a';

describe('the object of an audit record', () => {
  it.each([ID, ID.toUpperCase()])('is the canonical id, of %s', (id) => {
    expect(AuditObject.ofId('account', id)).toEqual({ type: 'account', id: ID });
  });

  it.each([undefined, null, '', 5, [ID], { id: ID }, 'ada', `${ID} `, `{${ID}}`, ID.slice(1)])(
    'is nothing for %j',
    (id) => {
      expect(AuditObject.ofId('account', id)).toBeUndefined();
    },
  );

  it('is a name of the form that its input must have, or nothing', () => {
    expect(AuditObject.ofName('consent', 'ads', /^[a-z]+$/)).toEqual({
      type: 'consent',
      id: 'ads',
    });
    expect(AuditObject.ofName('consent', 'Ads', /^[a-z]+$/)).toBeUndefined();
    expect(AuditObject.ofName('consent', 'a'.repeat(65), /^[a-z]+$/)).toBeUndefined();
    expect(AuditObject.ofName('consent', ['ads'], /^[a-z]+$/)).toBeUndefined();
  });
});
