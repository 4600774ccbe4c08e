/** What instances follow. Each topic has a counter of its changes. */
export type ChangeTopic =
  'blocks' | 'keys' | 'limits' | 'log_levels' | 'profiles' | 'sessions' | 'switches';
