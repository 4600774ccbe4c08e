export { ModelsModule } from './models.module.js';
export { modelsConfig } from './models.config.js';
export { DEFAULT_MODEL, ModelCatalog } from './catalog/model-catalog.js';
export {
  type InactiveModel,
  type Model,
  MODEL_PROVIDERS,
  type ModelProvider,
} from './catalog/model.js';
export { ModelCircuits, type ModelHealth } from './resilience/model-circuits.js';
export { fitMessages } from './conversation/fit-messages.js';
export type {
  ModelMessage,
  ModelTool,
  ModelToolCall,
  ModelToolResult,
} from './conversation/model-message.js';
export { estimateTokens, tokensOfTools } from './conversation/token-estimate.js';
export { ModelDiscovery } from './discovery/model-discovery.js';
export { ModelError, type ModelErrorCode } from './model.error.js';
export { LanguageModels } from './steps/language-models.js';
export type { FinishReason, ModelPart, ModelStep } from './conversation/model-step.js';
export type { Cost, StepUsage } from './usage/step-usage.js';
