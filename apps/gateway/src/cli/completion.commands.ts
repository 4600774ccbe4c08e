import { completionScript, SHELLS } from './completion/completion-script.js';
import { bareModule } from './program/bare-module.js';
import { command, type CommandGroup } from './program/command.js';
import { required } from './program/input.js';
import { oneOf } from './program/value-readers.js';

/** @param groups all of them, and these too */
export function completionCommands(groups: () => readonly CommandGroup[]): CommandGroup {
  const completion = command({
    name: 'completion',
    summary: 'write the script that completes the command gateway in a shell',
    args: { shell: required('<shell>', 'the shell', oneOf(SHELLS)) },
    module: bareModule,
    run(_app, { args: { shell } }) {
      const script = completionScript(shell, groups());
      return Promise.resolve({ data: { shell, script }, text: script });
    },
  });
  return {
    noun: 'completion',
    summary: 'Completion of these commands in a shell',
    commands: [completion],
  };
}
