/** How a rule is set. */
interface RuleSetting {
  readonly variable: string;
  /** From how many in which time on it finds something. */
  readonly byDefault: string;
  /** For the reference of the configuration. */
  readonly meaning: string;
}

/** Every rule, by its id. */
export const RULE_SETTINGS = {
  'credential-stuffing': {
    variable: 'DETECTION_CREDENTIAL_STUFFING',
    byDefault: '200/15m',
    meaning:
      'Pairs of account and address that fail to sign in, and do not get in afterwards, in the whole service.',
  },
  'password-spraying': {
    variable: 'DETECTION_PASSWORD_SPRAYING',
    byDefault: '15/15m',
    meaning:
      'Accounts on which one address fails. A fifth of them while credential stuffing goes on.',
  },
  'refresh-reuse': {
    variable: 'DETECTION_REFRESH_REUSE',
    byDefault: '1/1h',
    meaning: 'Refresh tokens of one account that were used twice.',
  },
  'refusal-burst': {
    variable: 'DETECTION_REFUSAL_BURST',
    byDefault: '100/5m',
    meaning:
      'Answers of 401, 403 or 404 to one account, or to one address without one. Expired tokens do not count.',
  },
  'limit-abuse': {
    variable: 'DETECTION_LIMIT_ABUSE',
    byDefault: '200/15m',
    meaning: 'Calls of one account, or of one address without one, that a limit has refused.',
  },
  'new-country': {
    variable: 'DETECTION_NEW_COUNTRY',
    byDefault: '1/1d',
    meaning: 'Sign-ins of one account from a country without a session so far. Needs GEOIP_FILE.',
  },
  'new-device': {
    variable: 'DETECTION_NEW_DEVICE',
    byDefault: '3/1d',
    meaning: 'Sign-ins of one account on devices that it was not used on before.',
  },
  'tool-changed': {
    variable: 'DETECTION_TOOL_CHANGED',
    byDefault: '1/1h',
    meaning: 'Definitions of one tool that differ from their pins.',
  },
  'injection-pattern': {
    variable: 'DETECTION_INJECTION_PATTERN',
    byDefault: '1/1h',
    meaning: 'Results of one tool that read like a prompt injection.',
  },
  'cost-spike': {
    variable: 'DETECTION_COST_SPIKE',
    byDefault: '10/1h',
    meaning: 'Cost of the answers of one account, in the currency of the model prices.',
  },
  'audit-chain': {
    variable: 'DETECTION_AUDIT_CHAIN',
    byDefault: '1/1h',
    meaning: 'Breaks in the chain of the audit trail.',
  },
} as const satisfies Record<string, RuleSetting>;

export type RuleId = keyof typeof RULE_SETTINGS;

export const RULE_IDS = Object.keys(RULE_SETTINGS) as readonly RuleId[];
