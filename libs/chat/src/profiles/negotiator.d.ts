/** As much of `negotiator` as is used. */
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { readonly headers: Readonly<Record<string, string | undefined>> });
    /** Those of the languages that are accepted, the most wanted first. */
    languages(available: readonly string[]): string[];
  }
}
