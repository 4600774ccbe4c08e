/** Reads `.env`, if there is one. None is needed: every variable can come from outside, and what does counts more. */
export function loadEnvFile(): void {
  try {
    process.loadEnvFile();
  } catch {
    // There is none.
  }
}
