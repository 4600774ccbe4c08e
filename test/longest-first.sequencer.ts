import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, mostly because they wait. The last to start determines when a suite ends. */
const LONGEST = [
  'e2e/embedded-database',
  'attack/auth/erasure-in-progress',
  'attack/auth/erasure',
  'docs/alerts',
  'docs/schematics',
  'interop/generated-clients',
  'attack/auth/erasure-on-instances',
  'attack/auth/roles',
  'e2e/docs-try-out',
  'attack/auth/key-rotation',
  'attack/auth/erasure-resumed',
  'attack/bad-input',
  'e2e/health',
  'e2e/policies',
  'attack/auth/eviction',
  'attack/connections',
  'attack/auth/hashing-turns',
  'attack/auth/recovery',
];

/** Starts the longest files first, in whichever project of a group they are; the rest as Vitest does. */
export class LongestFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => groupOf(a) - groupOf(b) || rankOf(a) - rankOf(b));
  }
}

function groupOf({ project }: TestSpecification): number {
  return project.config.sequence.groupOrder;
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((file) => moduleId.endsWith(`/test/${file}.e2e-spec.ts`));
  return rank === -1 ? LONGEST.length : rank;
}
