import type { StandardSchemaV1 } from '@modelcontextprotocol/client';
import { isObject } from '../json/json-text.js';

/** Lets the parameters of a notification through as they are: the SDK would drop it for one odd member. */
export const anyParams: StandardSchemaV1<unknown, Record<string, unknown>> = {
  '~standard': {
    version: 1,
    vendor: 'gateway',
    validate: (value) => ({ value: isObject(value) ? value : {} }),
  },
};
