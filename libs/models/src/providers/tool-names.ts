import { createHash } from 'node:crypto';

/** What every provider takes as the name of a tool. MCP servers use far more. */
const COMMON = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** How much of a name that not every provider takes is kept. Characters; a hash follows. */
const KEPT = 48;

/** The names of tools as the model knows them, for one step. */
export class ToolNames {
  private readonly real = new Map<string, string>();

  /** The same for a name in every step. */
  shown(name: string): string {
    if (COMMON.test(name)) return name;
    const hash = createHash('sha256').update(name).digest('hex').slice(0, 12);
    const shown = `t_${name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, KEPT)}_${hash}`;
    this.real.set(shown, name);
    return shown;
  }

  /** The name of the tool that the model means; of one that it invents, what it has written. */
  meant(shown: string): string {
    return this.real.get(shown) ?? shown;
  }
}
