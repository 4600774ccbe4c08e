import { IsId } from './id.decorator.js';
import { IsPageLimit } from './page-limit.decorator.js';

/** Which part to read of a list whose rows are in the order of their ids. */
export class ListQuery {
  @IsPageLimit()
  limit?: string;

  @IsId({ optional: true, description: 'The nextCursor of the previous page.' })
  cursor?: string;
}
