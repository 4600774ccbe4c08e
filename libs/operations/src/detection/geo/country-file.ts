import { ConfigurationError } from '@app/config';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { type CountryResponse, Reader } from 'mmdb-lib';
import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { detectionConfig } from '../settings/detection.config.js';

/** How often a newer file is looked for: such files come out twice a week. Milliseconds. */
const LOOK_INTERVAL_MS = 3_600_000;

/** The countries of addresses, from the file that the operator names. A file that is replaced is read again. */
@Injectable()
export class CountryFile implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Detection');
  private reader: Reader<CountryResponse> | undefined;
  private modifiedAt = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @throws ConfigurationError if the file cannot be read, or is none of countries */
  constructor(
    @Inject(detectionConfig.KEY) private readonly config: ConfigType<typeof detectionConfig>,
  ) {
    const { geoipFile } = config;
    if (geoipFile === undefined) return;
    try {
      this.reader = new Reader<CountryResponse>(readFileSync(geoipFile));
      this.modifiedAt = statSync(geoipFile).mtimeMs;
    } catch {
      throw new ConfigurationError(
        'Invalid configuration: GEOIP_FILE must name a file in the format MMDB that can be read',
      );
    }
  }

  get isThere(): boolean {
    return this.reader !== undefined;
  }

  onApplicationBootstrap(): void {
    if (!this.isThere) return;
    this.timer = setInterval(() => void this.refresh(), LOOK_INTERVAL_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Two letters of ISO 3166-1; undefined where the file does not know. */
  countryOf(ip: string): string | undefined {
    try {
      return this.reader?.get(ip)?.country?.iso_code;
    } catch {
      // What is no address has no country.
      return undefined;
    }
  }

  /** A file that cannot be read, as it is being replaced, leaves the one before in use. */
  async refresh(): Promise<void> {
    const { geoipFile } = this.config;
    if (geoipFile === undefined) return;
    try {
      const { mtimeMs } = await stat(geoipFile);
      if (mtimeMs === this.modifiedAt) return;
      this.reader = new Reader<CountryResponse>(await readFile(geoipFile));
      this.modifiedAt = mtimeMs;
    } catch (err) {
      this.log.warn({ event: 'detection.countries.unread', err });
    }
  }
}
