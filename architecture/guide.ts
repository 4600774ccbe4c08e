import { readFileSync, writeFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { type Room, ROOMS } from './boundaries.ts';

const GUIDE = resolve(import.meta.dirname, '../CONTRIBUTING.md');
const TABLE = /(?<=<!-- rooms -->\n\n).*?(?=\n<!-- \/rooms -->)/s;

/** The guide with the table of rooms as `boundaries.ts` has it. */
export async function guideWithRooms(): Promise<string> {
  const text = readFileSync(GUIDE, 'utf8');
  const table = tableOf(Object.entries(ROOMS as Readonly<Record<string, Room>>));
  const options = await resolveConfig(GUIDE);
  return format(
    text.replace(TABLE, () => table),
    { ...options, parser: 'markdown' },
  );
}

export async function writeGuide(): Promise<void> {
  writeFileSync(GUIDE, await guideWithRooms());
}

function tableOf(rooms: readonly (readonly [string, Room])[]): string {
  const rows = rooms.flatMap(([name, room]) => [rowOf(name, room), ...wingRows(name, room)]);
  return ['| room | holds | may import |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

function rowOf(name: string, { holds, mayImport }: Room): string {
  const names = mayImport === 'all' ? 'every other room' : mayImport.map(code).join(', ');
  return `| \`${name}\` | ${holds} | ${names || 'nothing'} |`;
}

function wingRows(name: string, { wings = {} }: Room): string[] {
  return Object.entries(wings).map(([wing, mayImport]) => {
    const names = mayImport.map(code).join(', ') || 'none of its siblings';
    return `| \`${name}\`, ${wing} | a wing | ${names} |`;
  });
}

function code(room: string): string {
  return `\`${posix.basename(room)}\``;
}
