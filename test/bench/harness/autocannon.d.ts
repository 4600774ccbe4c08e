/** What the bench uses of the package, which brings no types. */
declare module 'autocannon' {
  interface Options {
    readonly url: string;
    readonly connections: number;
    readonly amount: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly requests?: readonly { readonly setupRequest: (request: object) => object }[];
  }

  interface Result {
    readonly non2xx: number;
    readonly errors: number;
    readonly timeouts: number;
    readonly start: Date;
    readonly finish: Date;
    readonly latency: { readonly p99: number };
  }

  export default function autocannon(options: Options): Promise<Result>;
}
