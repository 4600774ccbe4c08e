import { SwitchBoard } from '@app/switches';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { modelsConfig } from '../models.config.js';
import type { InactiveModel, Model } from './model.js';
import { readModels } from './read-models.js';

/** What a profile calls the model that answers where it names none. */
export const DEFAULT_MODEL = 'default';

/** The models that may be asked: those of the files, or the one that was found on this machine. */
@Injectable()
export class ModelCatalog {
  private models: readonly Model[];
  /** Those that have a file and may not be asked. */
  readonly inactive: readonly InactiveModel[];
  private readonly ids: ReadonlySet<string>;

  constructor(
    @Inject(modelsConfig.KEY) config: ConfigType<typeof modelsConfig>,
    private readonly board: SwitchBoard = new SwitchBoard(),
  ) {
    const { active, inactive } = readModels(config);
    this.models = active;
    this.inactive = inactive;
    this.ids = new Set([DEFAULT_MODEL, ...[...active, ...inactive].map(({ id }) => id)]);
    this.declare();
  }

  get all(): readonly Model[] {
    return this.models;
  }

  /** The model of that name; undefined where none is configured, or it is not active. */
  find(name: string): Model | undefined {
    if (name !== DEFAULT_MODEL) return this.models.find(({ id }) => id === name);
    return this.models.find(({ isDefault }) => isDefault) ?? this.models[0];
  }

  /** Whether there is a file for that name, active or not. */
  isKnown(name: string): boolean {
    return this.ids.has(name);
  }

  /** Those of the names that may be asked, in their order, each once. */
  chain(names: readonly string[]): Model[] {
    const found = names.map((name) => this.find(name));
    return [...new Set(found.filter((model) => model !== undefined))];
  }

  /** A model that was found. Those of the files go first. */
  add(model: Model): void {
    this.models = [...this.models, model];
    this.declare();
  }

  /** The names by which operators switch them off. */
  private declare(): void {
    const ids = this.models.map(({ id }) => id);
    this.board.declare('model', ids);
  }
}
