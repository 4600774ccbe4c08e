import { ModelCatalog } from '@app/models';
import { Injectable } from '@nestjs/common';
import type { Profile } from '../profiles/profile.js';
import { parseCommand } from './command.js';
import { DirectEngine } from './direct.engine.js';
import type { Engine, EngineName } from './engine.js';
import { modelChain } from '../profiles/model-chain.js';
import { ModelEngine } from './model.engine.js';
import { trimTyped } from './typed-text.js';

/** Which engine answers. */
@Injectable()
export class EngineCatalog {
  constructor(
    private readonly direct: DirectEngine,
    private readonly model: ModelEngine,
    private readonly models: ModelCatalog,
  ) {}

  /** A command is what a person has decided: no model comes between it and its tool. */
  of(profile: Profile, message: string): Engine {
    const isCommand = parseCommand(message) !== undefined || trimTyped(message) === '';
    const hasModel = !isCommand && modelChain(this.models, profile).length > 0;
    return hasModel ? this.model : this.direct;
  }

  named(name: EngineName): Engine {
    return name === 'model' ? this.model : this.direct;
  }
}
