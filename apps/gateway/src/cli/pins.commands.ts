import { PinListService, PinReview } from '@app/chat';
import { ProfilesCliModule } from './profiles-cli.module.js';
import { command, type CommandGroup } from './program/command.js';
import { required } from './program/input.js';
import { table } from './program/table.js';
import { anyText } from './program/value-readers.js';

/** What is shown of a digest. Characters. */
const SHOWN_DIGEST = 12;

/** Asks no server: how many definitions have a pin is known from the files. */
const list = command({
  name: 'pins list',
  summary: 'show how many tools and prompts of each assistant are pinned',
  module: () => ProfilesCliModule.forRoot(),
  run(app) {
    const { mode, profiles: counted } = app.get(PinListService).overview();
    const profiles = counted.map(({ profileId, hasPins, unpinned, unseen, pinned }) => {
      return { profileId, hasPins, pinned: pinned + unseen, unpinned };
    });
    const rows = profiles.map(({ profileId, pinned, unpinned }) => [
      profileId,
      String(pinned),
      String(unpinned),
    ]);
    const text = `TOOL_PINS=${mode}\n${table(['PROFILE', 'PINNED', 'UNPINNED'], rows)}`;
    return Promise.resolve({ data: { mode, profiles }, text });
  },
});

const show = command({
  name: 'pins show',
  summary: 'compare the pins of an assistant with its servers now; exit code 1 if they differ',
  args: { profile: required('PROFILE', 'the id of an assistant', anyText) },
  module: () => ProfilesCliModule.forRoot(),
  async run(app, { args: { profile } }) {
    const review = await app.get(PinReview).of(profile);
    const rows = review.pins.map((one) => [
      one.server,
      one.kind,
      one.name,
      one.state,
      short(one.pinnedSha256),
      short(one.servedSha256),
    ]);
    const titles = ['SERVER', 'KIND', 'NAME', 'STATE', 'PINNED', 'SERVED'];
    return {
      data: review,
      text: `TOOL_PINS=${review.mode}\n${table(titles, rows)}`,
      isWell: review.pins.every(({ state }) => state === 'pinned'),
    };
  },
});

function short(digest: string | null): string {
  return digest?.slice(0, SHOWN_DIGEST) ?? '';
}

export const pinCommands: CommandGroup = {
  noun: 'pins',
  summary: 'Pins of the tool definitions of assistants',
  commands: [list, show],
};
