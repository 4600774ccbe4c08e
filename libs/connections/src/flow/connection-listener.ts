/** What a person has not connected, and something waits for. */
export interface AwaitedConnection {
  readonly accountId: string;
  readonly connectionId: string;
}

/** Who is told that a person has connected a server. The composing app provides it to `ConnectionsModule.forRoot`. */
export interface ConnectionListener {
  /** It may be told again. */
  connected(accountId: string, connectionId: string): Promise<void>;
  /** Some of what is waited for, in an order of its own, behind the one before. */
  awaited(after?: AwaitedConnection): Promise<AwaitedConnection[]>;
}
export const ConnectionListener = Symbol('ConnectionListener');

export const noConnectionListener: ConnectionListener = {
  connected: () => Promise.resolve(),
  awaited: () => Promise.resolve([]),
};
