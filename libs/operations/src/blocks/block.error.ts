import { DomainError } from '@app/security';

export type BlockErrorCode = 'blocked' | 'block_not_found' | 'own_address' | 'too_many_blocks';

export class BlockError extends DomainError<BlockErrorCode> {
  override readonly name = 'BlockError';

  static blocked(): BlockError {
    const message = 'Calls from your network are refused. Ask the operator of this service.';
    return new BlockError('blocked', message);
  }

  static notFound(): BlockError {
    return new BlockError('block_not_found', 'There is no such block.');
  }

  static ownAddress(): BlockError {
    const message = 'This network holds your own address, or that of a proxy in front.';
    return new BlockError('own_address', message);
  }

  static tooMany(): BlockError {
    const message =
      'There are as many blocks as there may be. Remove some, or block a wider network.';
    return new BlockError('too_many_blocks', message);
  }
}
