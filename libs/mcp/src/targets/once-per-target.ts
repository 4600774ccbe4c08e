import type { McpTarget } from './mcp-target.js';
import type { ResolvedTarget } from './resolve-target.js';

/** Resolves each target once, as long as the caller holds it. */
export function oncePerTarget(
  resolve: (target: McpTarget) => ResolvedTarget,
): (target: McpTarget) => ResolvedTarget {
  const known = new WeakMap<McpTarget, ResolvedTarget>();
  return (target) => {
    const resolved = known.get(target) ?? resolve(target);
    known.set(target, resolved);
    return resolved;
  };
}
