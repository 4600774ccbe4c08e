import { DEFAULT_MODEL, ModelCatalog, ModelCircuits } from '@app/models';
import { SwitchBoard } from '@app/switches';
import { Injectable } from '@nestjs/common';
import { modelNames } from '../profiles/model-chain.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { type ModelView, toInactiveModelView, toModelView } from './model.view.js';

/** The language models of this process, for operators: never their keys. */
@Injectable()
export class ModelListService {
  constructor(
    private readonly models: ModelCatalog,
    private readonly circuits: ModelCircuits,
    private readonly profiles: ProfileCatalog,
    private readonly board: SwitchBoard,
  ) {}

  /** In the order of their ids. */
  list(): ModelView[] {
    const defaultId = this.models.find(DEFAULT_MODEL)?.id;
    const active = this.models.all.map((model) =>
      toModelView(
        model,
        {
          isDefault: model.id === defaultId,
          isOff: this.board.isOff('model', model.id),
          profiles: this.profilesWith(model.id, defaultId),
        },
        this.circuits.healthOf(model),
      ),
    );
    const inactive = this.models.inactive.map((model) =>
      toInactiveModelView(model, this.profilesWith(model.id, defaultId)),
    );
    return [...active, ...inactive].toSorted((one, other) => (one.id < other.id ? -1 : 1));
  }

  private profilesWith(id: string, defaultId: string | undefined): string[] {
    return [...this.profiles.all]
      .filter((profile) =>
        modelNames(profile).some((name) => (name === DEFAULT_MODEL ? defaultId : name) === id),
      )
      .map((profile) => profile.id)
      .toSorted();
  }
}
