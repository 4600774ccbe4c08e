import { ConfigurationError } from '@app/config';
import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { SonicBoom } from 'sonic-boom';
import type { LogFileConfig, LoggingConfig } from '../logging.config.js';
import { LogOutput } from './log-output.js';

/** The owner alone may read what people did. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** What a file's name says of when its time began. An hour is the shortest that one is written for. */
const DATE_FORMAT = 'yyyy-MM-dd-HHmm';

/** What the configuration asks for. @throws ConfigurationError if the file cannot be written */
export async function openLogOutputs({ stdout, file }: LoggingConfig): Promise<LogOutput[]> {
  const outputs: LogOutput[] = [];
  if (stdout) outputs.push(new LogOutput('stdout', new SonicBoom({ fd: 1, sync: false })));
  if (file) outputs.push(new LogOutput('file', await openLogFile(file)));
  return outputs;
}

/** Loads the library only where there is a file. */
async function openLogFile({ path, size, ageMs, filesKept }: LogFileConfig): Promise<SonicBoom> {
  const { default: openRolling } = await import('pino-roll');
  try {
    // A folder that is there keeps its mode: it may be /var/log.
    mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
    const stream = await openRolling({
      file: path,
      size,
      frequency: ageMs,
      dateFormat: DATE_FORMAT,
      limit: { count: filesKept, removeOtherLogFiles: true },
      mode: FILE_MODE,
      sync: false,
    });
    await once(stream, 'ready');
    // One that was there keeps the mode that it was made with.
    chmodSync(stream.file, FILE_MODE);
    return stream;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(
      `Invalid configuration: LOG_FILE must name a file that this process may write to (${code})`,
    );
  }
}
