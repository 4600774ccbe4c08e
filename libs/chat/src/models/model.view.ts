import {
  type InactiveModel,
  type Model,
  MODEL_PROVIDERS,
  type ModelHealth,
  type ModelProvider,
} from '@app/models';
import { ApiProperty } from '@nestjs/swagger';

const MODEL_STATES = [
  'unused',
  'ok',
  'failing',
  'paused',
] as const satisfies readonly ModelHealth['state'][];

const moment = { type: 'string', format: 'date-time', nullable: true } as const;

export class ModelFailureView {
  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ example: 'model_unavailable' })
  code!: string;
}

/** A language model, without its key. */
export class ModelView {
  @ApiProperty({ example: 'local' })
  id!: string;

  @ApiProperty({ enum: MODEL_PROVIDERS })
  provider!: ModelProvider;

  @ApiProperty({ example: 'llama3.2', description: 'Its name at the provider.' })
  model!: string;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: 'api.openai.com',
    description: 'The host of its provider; null if it is not active.',
  })
  host!: string | null;

  @ApiProperty({ description: 'Whether it answers where a profile names none.' })
  isDefault!: boolean;

  @ApiProperty({
    description:
      'Whether it may be asked: false if its file says so, or names a variable that is not set.',
  })
  isActive!: boolean;

  @ApiProperty({
    description: 'Whether it has no file, and was found on the machine of the gateway.',
  })
  isDiscovered!: boolean;

  @ApiProperty({ description: 'Whether an operator has switched it off.' })
  isOff!: boolean;

  @ApiProperty({ type: [String], description: 'The assistants that use it, also as a fallback.' })
  profiles!: string[];

  @ApiProperty({
    enum: MODEL_STATES,
    description:
      'As the instance that answers has met it since its start: not used, the last request succeeded or failed, or its provider is paused because several requests in a row have failed.',
  })
  state!: ModelHealth['state'];

  @ApiProperty(moment)
  reachedAt!: string | null;

  @ApiProperty({
    type: ModelFailureView,
    nullable: true,
    description: 'The failure of the last request; null if it succeeded.',
  })
  failure!: ModelFailureView | null;
}

/** What is known of a model beside its file. */
interface ModelUse {
  readonly isDefault: boolean;
  readonly isOff: boolean;
  readonly profiles: string[];
}

export function toModelView(
  { id, provider, model, baseUrl, isDiscovered = false }: Model,
  { isDefault, isOff, profiles }: ModelUse,
  { state, reachedAt, failure }: ModelHealth,
): ModelView {
  return {
    id,
    provider,
    model,
    host: new URL(baseUrl).host,
    isDefault,
    isActive: true,
    isDiscovered,
    isOff,
    profiles,
    state,
    reachedAt: reachedAt?.toISOString() ?? null,
    failure: failure && { at: failure.at.toISOString(), code: failure.code },
  };
}

export function toInactiveModelView(
  { id, provider, model }: InactiveModel,
  profiles: string[],
): ModelView {
  return {
    id,
    provider,
    model,
    host: null,
    isDefault: false,
    isActive: false,
    isDiscovered: false,
    isOff: false,
    profiles,
    state: 'unused',
    reachedAt: null,
    failure: null,
  };
}
