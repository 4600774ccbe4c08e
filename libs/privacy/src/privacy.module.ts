import { AuthModule } from '@app/auth';
import { backupConfig } from '@app/backup';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import {
  type DynamicModule,
  type InjectionToken,
  Module,
  type ModuleMetadata,
} from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ConsentController } from './consents/consent.controller.js';
import { ConsentDataSource } from './consents/consent-data.source.js';
import { Consent } from './consents/consent.entity.js';
import { ConsentService } from './consents/consent.service.js';
import { AbandonedDevicesJob } from './erasure/abandoned-devices.job.js';
import { ErasureJob } from './erasure/erasure.job.js';
import { ErasureController } from './erasure/erasure.controller.js';
import { Erasure } from './erasure/erasure.entity.js';
import { ErasureService } from './erasure/erasure.service.js';
import { OrphanedDataJob } from './erasure/orphaned-data.job.js';
import { ExportController } from './export/export.controller.js';
import { ExportService } from './export/export.service.js';
import { ErasedAccount } from './ledger/erased-account.entity.js';
import { ErasureLedgerService } from './ledger/erasure-ledger.service.js';
import { ErasureReplayService } from './erasure/erasure-replay.service.js';
import { privacyConfig } from './privacy.config.js';
import { type PersonalDataSource, PersonalDataSources } from './sources/personal-data-source.js';

export interface PrivacyModuleOptions {
  /** The modules that export the sources. */
  readonly imports: ModuleMetadata['imports'];
  /**
   * What is kept of a person outside of this library: the section of the export that each source fills, in the order
   * of erasure. What lies outside of the database comes first, and the account last.
   */
  readonly sources: Readonly<Record<string, InjectionToken<PersonalDataSource>>>;
}

/** The rights of a person: to know what they agreed to, to take along what is kept of them, and to be forgotten. */
@Module({})
export class PrivacyModule {
  static forRoot({ imports = [], sources }: PrivacyModuleOptions): DynamicModule {
    const names = Object.keys(sources);
    return {
      module: PrivacyModule,
      imports: [
        ConfigModule.forFeature(backupConfig),
        ConfigModule.forFeature(privacyConfig),
        MikroOrmModule.forFeature([Consent, ErasedAccount, Erasure]),
        AuthModule,
        ...imports,
      ],
      controllers: [ConsentController, ExportController, ErasureController],
      providers: [
        AbandonedDevicesJob,
        ConsentDataSource,
        ConsentService,
        ErasureJob,
        ErasureLedgerService,
        ErasureService,
        ExportService,
        ErasureReplayService,
        OrphanedDataJob,
        {
          provide: PersonalDataSources,
          inject: [ConsentDataSource, ...Object.values(sources)],
          useFactory: (consents: PersonalDataSource, ...others: PersonalDataSource[]) =>
            new Map([
              ['consents', consents],
              ...names.map((name, index) => [name, others[index]!] as const),
            ]),
        },
      ],
      exports: [PersonalDataSources],
    };
  }
}
