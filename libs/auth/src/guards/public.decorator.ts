import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = Symbol('IS_PUBLIC');

/** Opens a route, or a whole controller, to callers without a token: the only way past the guard. */
export const Public = () => SetMetadata(IS_PUBLIC, true);
