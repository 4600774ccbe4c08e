import { PinWriter } from '@app/chat';
import type { INestApplicationContext } from '@nestjs/common';
import { relative } from 'node:path';
import type { Command, CommandInput } from './command.js';
import { ProfilesCliModule } from './profiles-cli.module.js';

/** Pins the tools of a profile as they are now. */
export const pinTools: Command = {
  name: 'profiles pin',
  usage: 'PROFILE',
  summary: 'write down what the tools of an assistant are now; review the diff of the file',
  words: 1,
  module: () => ProfilesCliModule.forRoot(),
  run: pin,
};

async function pin(app: INestApplicationContext, { words }: CommandInput): Promise<string> {
  const { path, tools, missing } = await app.get(PinWriter).pin(words[0]!);
  const lines = [`${relative('', path)}: ${tools.join(', ')}`];
  if (missing.length > 0) lines.push(`Not found on its servers: ${missing.join(', ')}`);
  return [...lines, 'Read the file, or its diff. It counts from the next start.'].join('\n');
}
