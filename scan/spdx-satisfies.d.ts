declare module 'spdx-satisfies' {
  /** Whether a licence expression is met by one of the approved licences. @throws if it is no SPDX expression */
  export default function satisfies(expression: string, approved: readonly string[]): boolean;
}
