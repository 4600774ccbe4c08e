import { ModelListService } from '@app/chat';
import { ModelDiscovery } from '@app/models';
import { SwitchService } from '@app/operations';
import type { INestApplicationContext } from '@nestjs/common';
import { ProfilesCliModule } from './profiles-cli.module.js';
import { command, type CommandGroup } from './program/command.js';
import { table } from './program/table.js';

/** The most switches of models that are read. */
const MOST_SWITCHES = 1_000;

/** Whether they can be reached is known to a running gateway alone: `GET /api/admin/models`. */
const list = command({
  name: 'models list',
  summary: 'show the language models, and which assistants use them; never a key',
  module: () => ProfilesCliModule.forRoot(),
  async run(app) {
    await app.get(ModelDiscovery).look();
    const off = await switchedOff(app);
    const models = app
      .get(ModelListService)
      .list()
      .map((one) => {
        const { id, provider, model, host, isDefault, isActive, isDiscovered, profiles } = one;
        const isOff = off.has(id);
        return { id, provider, model, host, isDefault, isActive, isDiscovered, isOff, profiles };
      });
    const rows = models.map((one) => [
      one.id,
      one.provider,
      one.model,
      one.host ?? '',
      stateOf(one),
      one.profiles.join(', '),
    ]);
    const text = table(['ID', 'PROVIDER', 'MODEL', 'HOST', 'STATE', 'PROFILES'], rows);
    return { data: { models }, text: rows.length === 0 ? 'No model is configured.' : text };
  },
});

async function switchedOff(app: INestApplicationContext): Promise<ReadonlySet<string | null>> {
  const page = await app.get(SwitchService).page({ limit: MOST_SWITCHES, scopes: ['model'] });
  return new Set(page.switches.map(({ target }) => target));
}

function stateOf({
  isActive,
  isOff,
  isDefault,
  isDiscovered,
}: {
  readonly isActive: boolean;
  readonly isOff: boolean;
  readonly isDefault: boolean;
  readonly isDiscovered: boolean;
}): string {
  const state = isActive ? (isOff ? 'switched off' : 'active') : 'not active';
  const notes = [isDefault && 'default', isDiscovered && 'discovered'].filter(Boolean);
  return [state, ...notes].join(', ');
}

export const modelCommands: CommandGroup = {
  noun: 'models',
  summary: 'Language models',
  commands: [list],
};
