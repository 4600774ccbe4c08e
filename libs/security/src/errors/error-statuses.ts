/** The HTTP status of every error code. The root module provides it, complete by its type. */
export type ErrorStatuses = Readonly<Record<string, number>>;
export const ErrorStatuses = Symbol('ErrorStatuses');
