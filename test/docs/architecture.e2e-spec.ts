import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Room, ROOMS } from '../../architecture/boundaries.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

function diagram(name: string): string {
  return new RegExp(`^\`\`\`mermaid ${name}\n([^]*?)^\`\`\``, 'm').exec(
    read('docs/architecture.md'),
  )![1]!;
}

/** The rooms from the top down: a list for each floor. */
const floors = diagram('rooms')
  .split(/^ {2}subgraph floor\d/m)
  .slice(1)
  .map((floor) => [...floor.matchAll(/([a-z-]+) ?\["<b>\1<\/b>/g)].map(([, room]) => room!));
const floorOf = (room: string) => floors.findIndex((rooms) => rooms.includes(room));

describe('docs/architecture.md', () => {
  it('draws every room', () => {
    const drawn = floors.flat().toSorted();
    expect(drawn).toEqual(
      Object.keys(ROOMS)
        .map((room) => basename(room))
        .toSorted(),
    );
  });

  it.each(Object.entries<Room>(ROOMS))('lets each import of %s point down', (name, room) => {
    const { mayImport } = room;
    const targets = mayImport === 'all' ? Object.keys(ROOMS).filter((r) => r !== name) : mayImport;
    for (const target of targets) {
      const [from, to] = [floorOf(basename(name)), floorOf(basename(target))];
      expect(to, `${name} imports ${target}`).toBeGreaterThan(from);
    }
  });

  it('draws the modules of auth in their order', () => {
    const order = ['sign-in & administration & personal-data', 'factors', 'sessions', 'accounts'];
    expect(diagram('rooms')).toContain(order.join(' --> '));
    const drawn = order.flatMap((names) => names.split(' & '));
    const { wings = {} } = ROOMS['libs/auth'] as Room;
    expect(Object.keys(wings).toSorted()).toEqual(drawn.toSorted());
  });

  it('shows the global policies, and in the order in which they run', () => {
    const module = read('apps/gateway/src/gateway.module.ts');
    const declared = (kind: string) =>
      [...module.matchAll(new RegExp(`provide: APP_${kind}, use\\w+: (\\w+)`, 'g'))].map(
        ([, name]) => name!,
      );
    const guards = declared('GUARD');
    expect(guards.length).toBeGreaterThanOrEqual(11);
    // Interceptors are bound to routes: one for all would cost every call its observables.
    expect(declared('INTERCEPTOR')).toEqual([]);
    const expected = [...guards, ...declared('PIPE'), ...declared('FILTER')];
    const shown = [...diagram('request').matchAll(/\b(\w+)\["\1<br\/>/g)].map(([, name]) => name!);
    expect(shown).toEqual(expected);
  });
});
