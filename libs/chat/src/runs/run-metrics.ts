import { counter, gauge, histogram } from '@app/metrics';

/** From a command to a model that calls several tools. Seconds. */
const DURATIONS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160];

export const runsEnded = counter({
  name: 'gateway_runs_total',
  help: 'Runs that this process has worked on, by their status when the work ended, including runs that wait for the user.',
  labels: ['profile', 'status'],
});

export const activeRuns = gauge({
  name: 'gateway_active_runs',
  help: 'Runs that this process works on now.',
  labels: [],
});

export const runDurations = histogram(
  {
    name: 'gateway_run_duration_seconds',
    help: 'Duration of the work on a run, without the time that it waits for the user.',
    labels: ['profile'],
  },
  DURATIONS,
);
