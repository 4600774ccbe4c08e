import { ModelCatalog } from '@app/models';
import { Injectable } from '@nestjs/common';
import type { Profile } from '../profiles/profile.js';
import { ConnectingEngine } from './connecting.engine.js';
import { parseCommand } from './command.js';
import { DirectEngine } from './direct.engine.js';
import type { Engine, EngineName } from './engine.js';
import { modelChain } from '../profiles/model-chain.js';
import { ModelEngine } from './model.engine.js';
import { ProfilePrompts } from './profile-prompts.js';
import { promptCommand, PromptEngine } from './prompt.engine.js';
import { trimTyped } from './typed-text.js';

/** Which engine answers. */
@Injectable()
export class EngineCatalog {
  private readonly direct: Engine;
  private readonly model: Engine;

  constructor(
    direct: DirectEngine,
    model: ModelEngine,
    private readonly models: ModelCatalog,
    prompts: ProfilePrompts,
  ) {
    this.direct = new ConnectingEngine('direct', new PromptEngine(prompts, direct));
    this.model = new ConnectingEngine('model', new PromptEngine(prompts, model));
  }

  /** A command is what a person has decided: no model comes between it and its tool. A prompt is words for the model. */
  of(profile: Profile, message: string): Engine {
    const isCommand = parseCommand(message) !== undefined || trimTyped(message) === '';
    if (isCommand && !promptCommand(profile, message)) return this.direct;
    return modelChain(this.models, profile).length > 0 ? this.model : this.direct;
  }

  named(name: EngineName): Engine {
    return name === 'model' ? this.model : this.direct;
  }
}
