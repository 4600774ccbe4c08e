/** The part of the package that is used here; it brings no types. */
declare module 'pino-roll' {
  import type { SonicBoom, SonicBoomOpts } from 'sonic-boom';

  interface RollingOptions extends SonicBoomOpts {
    readonly file: string;
    /** Such as `100m`. */
    readonly size: string;
    /** Milliseconds. */
    readonly frequency: number;
    readonly dateFormat: string;
    readonly limit: { readonly count: number; readonly removeOtherLogFiles: boolean };
  }

  export default function openRolling(
    options: RollingOptions,
  ): Promise<SonicBoom & { readonly file: string }>;
}
