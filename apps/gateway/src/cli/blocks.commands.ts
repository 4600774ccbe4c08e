import { BlockService } from '@app/operations';
import { audited } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { optional, required } from './program/input.js';
import { duration, idOf, network, plainText } from './program/value-readers.js';

/** How many blocks are shown. */
const SHOWN_BLOCKS = 1_000;

const add = command({
  name: 'blocks add',
  summary: 'block a network, on all instances within a second',
  options: {
    network: required('<CIDR>', 'an address or a network', network),
    reason: required('<text>', 'the reason, for the record', plainText),
    for: optional('<duration>', 'the duration, such as 2h; default: until it is removed', duration),
  },
  async run(app, { options: { network, reason, for: durationMs } }) {
    const block = await audited(app, 'block.added', 'block', (record) =>
      app.get(BlockService).add({ network, reason, durationMs }, undefined, record),
    );
    const text = `Calls from ${block.network} are refused within a second, ${untilOf(block)}. Id: ${block.id}`;
    return { data: block, text };
  },
});

const list = command({
  name: 'blocks list',
  summary: 'show the blocked networks, the latest first',
  async run(app) {
    const { blocks } = await app.get(BlockService).list(SHOWN_BLOCKS);
    const lines = blocks.map(
      (block) => `${block.id}  ${block.network.padEnd(20)} ${untilOf(block)}  ${block.reason}`,
    );
    return { data: { blocks }, text: lines.join('\n') || 'No network is blocked.' };
  },
});

const remove = command({
  name: 'blocks remove',
  summary: 'remove the block of a network',
  args: {
    id: required('<id>', 'the id of the block', idOf('the id of a block, as blocks list shows it')),
  },
  async run(app, { args: { id } }) {
    await audited(app, 'block.removed', 'block', (record) =>
      app.get(BlockService).remove(id, record),
    );
    return { data: { id }, text: 'Its calls are let in again within a second.' };
  },
});

function untilOf({ expiresAt }: { expiresAt: string | null }): string {
  return expiresAt ? `until ${expiresAt}` : 'until it is removed';
}

export const blockCommands: CommandGroup = {
  noun: 'blocks',
  summary: 'Blocked networks',
  commands: [add, list, remove],
};
