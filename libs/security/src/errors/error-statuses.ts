/** The HTTP status of every error code. The root module provides it, complete by its type. */
export type ErrorStatuses = Readonly<Record<string, number>>;
export const ErrorStatuses = Symbol('ErrorStatuses');

/** Whether an error of another library means that what a call depends on is away for now. The root module says it. */
export type OutageTest = (error: unknown) => boolean;
export const OutageTest = Symbol('OutageTest');
