import { Public } from '@app/access';
import { SecurityError } from '@app/security';
import { All, Controller } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';

/**
 * Answers every address of the API that nothing else answers. Without it unknown addresses would pass by the
 * guards, and could be probed without being counted.
 */
@ApiExcludeController()
@Public()
@Controller('api')
export class UnknownRouteController {
  @All(['', '*'])
  refuse(): never {
    throw new SecurityError('not_found', 'There is nothing at this address.');
  }
}
