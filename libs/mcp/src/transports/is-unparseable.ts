/** Whether this is what the SDK throws for a body that is no JSON, or JSON that is no message. */
export function isUnparseable(error: unknown): boolean {
  return error instanceof Error && ['SyntaxError', 'ZodError', '$ZodError'].includes(error.name);
}
