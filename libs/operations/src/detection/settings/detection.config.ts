import {
  durationOf,
  durationVariable,
  parsedVariable,
  parseEnvironment,
  splitList,
  textVariable,
  type Variable,
} from '@app/config';
import { type Limit, limitOf } from '@app/security';
import { registerAs } from '@nestjs/config';
import { isNetwork } from '../../blocks/network.js';
import { RULE_IDS, RULE_SETTINGS, type RuleId } from './rule-settings.js';

export interface DetectionConfig {
  /** Of each rule that is not off. */
  readonly thresholds: Readonly<Partial<Record<RuleId, Limit>>>;
  /** How long an address is blocked; 0: never. Milliseconds. @default 1 hour */
  readonly blockDuration: number;
  /** Networks that detection blocks in no case. */
  readonly spared: readonly string[];
  readonly geoipFile: string | undefined;
}

const OFF = 'off';

type Variables = Readonly<Record<(typeof RULE_SETTINGS)[RuleId]['variable'], string>> & {
  readonly DETECTION_BLOCK: string;
  readonly DETECTION_SPARE?: readonly string[];
  readonly GEOIP_FILE?: string;
};

export const detectionConfig = registerAs('detection', (): DetectionConfig => {
  const variables = parseEnvironment<Variables>(
    {
      ...thresholdVariables(),
      DETECTION_BLOCK: durationVariable('1h', { min: '0s', max: '30d' }).describe(
        'How long detection blocks an address; 0: it blocks none.',
      ),
      DETECTION_SPARE: parsedVariable(networks)
        .optional()
        .describe(
          'Networks that detection never blocks, such as that of an office, separated by commas.',
        )
        .meta({ unset: 'none' }),
      GEOIP_FILE: textVariable({ longest: 4_096 })
        .optional()
        .describe(
          'Database of the countries of addresses, in the format MMDB, such as GeoLite2-Country.mmdb.',
        )
        .meta({ unset: 'no detection by country' }),
    },
    process.env,
  );
  const thresholds = Object.fromEntries(
    RULE_IDS.map((id) => [id, variables[RULE_SETTINGS[id].variable]] as const)
      .filter(([, text]) => text !== OFF)
      .map(([id, text]) => [id, limitOf(text)]),
  );
  return {
    thresholds,
    blockDuration: durationOf(variables.DETECTION_BLOCK),
    spared: variables.DETECTION_SPARE ?? [],
    geoipFile: variables.GEOIP_FILE,
  };
});

function thresholdVariables() {
  const entries = RULE_IDS.map((id) => {
    const { variable, byDefault, meaning } = RULE_SETTINGS[id];
    return [variable, thresholdVariable(byDefault).describe(meaning)] as const;
  });
  return Object.fromEntries(entries) as Record<
    (typeof RULE_SETTINGS)[RuleId]['variable'],
    Variable
  >;
}

/** The keys of what is counted hold addresses, which are kept no longer than a limit counts them. Milliseconds. */
const LONGEST_WINDOW_MS = 86_400_000;

/** A variable such as `DETECTION_REFRESH_REUSE=1/1h`, or `off`. */
function thresholdVariable(byDefault: string): Variable {
  return parsedVariable((text) => {
    if (text.toLowerCase() === OFF) return OFF;
    if (windowOf(text) <= LONGEST_WINDOW_MS) return text;
    throw new Error('must be off, or a count and a time of up to 1d such as 100/15m');
  })
    .default(byDefault)
    .meta({ range: 'count/window or off' });
}

/** Infinity for a text that is none. */
function windowOf(text: string): number {
  try {
    return limitOf(text).window;
  } catch {
    return Infinity;
  }
}

function networks(text: string): readonly string[] {
  const entries = splitList(text);
  if (entries.length > 0 && entries.every(isNetwork)) return entries;
  throw new Error('must list addresses or networks such as 203.0.113.0/24');
}
