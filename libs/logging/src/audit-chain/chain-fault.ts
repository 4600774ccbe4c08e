/** Something about the chain that no gateway has done. */
export interface ChainFault {
  readonly kind:
    'changed' | 'removed' | 'inserted' | 'moved' | 'forged' | 'cut' | 'checkpoint' | 'redaction';
  readonly recordId?: string;
  readonly sequence?: number;
  /** One line for an operator, without a value of the record. */
  readonly text: string;
}
