import type { McpPrompt } from '@app/mcp';
import { isAsPinned, pinOf } from '../pins/pin-comparison.js';
import type { PinsFile } from '../profiles/read-pins.js';
import type { Profile } from '../profiles/profile.js';

/** What is wrong with the prompts that a profile allows of one server. */
export function promptFaults(
  { allowedPrompts = {} }: Profile,
  server: string,
  prompts: readonly McpPrompt[],
  pins: PinsFile | undefined,
): string[] {
  return (allowedPrompts[server] ?? []).flatMap((name) => {
    const prompt = prompts.find((one) => one.name === name);
    if (!prompt) return [`${server}: it has no prompt ${name}`];
    if (!pins) return [];
    const pin = pinOf(pins, 'prompt', name);
    if (!pin) return [`${server}: the prompt ${name} is not pinned; look at it, and pin it`];
    return isAsPinned(pin, server, prompt.digest)
      ? []
      : [`${server}: the prompt ${name} is not as it was pinned; look at it, and pin it again`];
  });
}
