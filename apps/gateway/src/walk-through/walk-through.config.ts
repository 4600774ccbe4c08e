import { runMode } from '@app/config';
import { registerAs } from '@nestjs/config';

/** Only who develops is shown around; a log of production is for machines. */
export const walkThroughConfig = registerAs('walkThrough', () => ({
  isShown: runMode(process.env) === 'development',
}));
