import { SwitchBoardModule } from '@app/switches';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ModelCatalog } from './catalog/model-catalog.js';
import { ModelDiscovery } from './discovery/model-discovery.js';
import { modelsConfig } from './models.config.js';
import { ModelCircuits } from './resilience/model-circuits.js';
import { LanguageModels } from './steps/language-models.js';

/** Language models behind one port. */
@Module({
  imports: [ConfigModule.forFeature(modelsConfig), SwitchBoardModule],
  providers: [LanguageModels, ModelCatalog, ModelCircuits, ModelDiscovery],
  exports: [LanguageModels, ModelCatalog, ModelCircuits, ModelDiscovery],
})
export class ModelsModule {}
