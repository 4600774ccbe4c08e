import { bodyExample } from './body-example.js';

const SCHEMAS = {
  Device: {
    properties: { name: { type: 'string', example: 'A phone' }, token: { type: 'string' } },
  },
  Proof: { properties: { challenge: { type: 'string' } }, required: ['challenge'] },
  Chat: {
    properties: {
      message: { type: 'string', example: '/help' },
      conversation_id: { type: 'string', format: 'uuid' },
      device: { allOf: [{ $ref: '#/components/schemas/Device' }] },
      proof: { $ref: '#/components/schemas/Proof' },
    },
    required: ['message'],
  },
};

describe('the example of a body', () => {
  it('makes nothing up for an optional field: no id of what does not exist', () => {
    expect(bodyExample({ $ref: '#/components/schemas/Chat' }, SCHEMAS)).toEqual({
      message: '/help',
      device: { name: 'A phone' },
    });
  });

  it('has a value of the right type for what is required', () => {
    const properties = {
      role: { type: 'string', enum: ['user', 'admin'] },
      isOn: { type: 'boolean' },
      names: { type: 'array', items: { type: 'string', example: 'ada' } },
      count: { type: 'integer' },
      ids: { type: 'array', items: { type: 'string', format: 'uuid' } },
    };
    expect(bodyExample({ properties, required: Object.keys(properties) }, {})).toEqual({
      role: 'user',
      isOn: true,
      names: ['ada'],
      count: 1,
      ids: [expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)],
    });
  });
});
