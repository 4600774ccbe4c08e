/** What a server asks of the person in the middle of a call: its words, cleaned and bounded. */
export type McpQuestion = McpFormQuestion | McpUrlQuestion;

export interface McpFormQuestion {
  readonly kind: 'form';
  readonly message: string;
  readonly fields: readonly McpField[];
}

/** The person is to do something at another place. The address is never opened here. */
export interface McpUrlQuestion {
  readonly kind: 'url';
  readonly message: string;
  /** Absolute, without credentials, its host in ASCII. */
  readonly url: string;
}

interface NamedField {
  /** The member of the answer. */
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly isRequired: boolean;
}

export type TextFormat = 'email' | 'uri' | 'date' | 'date-time';

export interface FieldOption {
  readonly value: string;
  readonly title: string;
}

export interface TextField extends NamedField {
  readonly type: 'text';
  readonly format?: TextFormat;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly default?: string;
}

export interface NumberField extends NamedField {
  readonly type: 'number' | 'integer';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: number;
}

export interface SwitchField extends NamedField {
  readonly type: 'boolean';
  readonly default?: boolean;
}

export interface ChoiceField extends NamedField {
  readonly type: 'choice';
  readonly options: readonly FieldOption[];
  readonly default?: string;
}

export interface ChoicesField extends NamedField {
  readonly type: 'choices';
  readonly options: readonly FieldOption[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: readonly string[];
}

export type McpField = TextField | NumberField | SwitchField | ChoiceField | ChoicesField;

export type McpAnswerValue = string | number | boolean | readonly string[];

/** `decline`: the person says no. `cancel`: they say nothing. */
export interface McpAnswer {
  readonly action: 'accept' | 'decline' | 'cancel';
  /** With `accept`, of a form. */
  readonly content?: Readonly<Record<string, McpAnswerValue>>;
}
