import type { SwitchBoard } from '@app/switches';
import { anySignal, type ClearableSignal } from 'any-signal';
import { ModelError } from '../model.error.js';

/** One model while it is asked: the work with it ends when an operator switches it off. */
export class SwitchedModel {
  /** Ends the work: the caller's signal, and that the model is off. */
  readonly signal: ClearableSignal;
  /** To be called when the work is over. */
  readonly end: () => void;
  private readonly off = new AbortController();

  constructor(
    board: SwitchBoard,
    id: string,
    private readonly caller: AbortSignal,
  ) {
    this.signal = anySignal([caller, this.off.signal]);
    const unwatch = board.watch([{ scope: 'model', target: id }], () => this.off.abort());
    this.end = () => {
      unwatch();
      this.signal.clear();
    };
  }

  /** What a step has failed with, told as what it was: not the caller has given up. */
  failureOf(error: unknown): unknown {
    const isOff = this.off.signal.aborted && !this.caller.aborted;
    if (!isOff || !(error instanceof ModelError) || error.code !== 'model_cancelled') return error;
    const failure = new ModelError('model_off');
    return error.begun ? Object.assign(failure, { begun: error.begun }) : failure;
  }
}
