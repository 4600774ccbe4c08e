/** Stands in for `libphonenumber-js` in the output. */
export function parsePhoneNumber(): never {
  throw new Error(
    '@IsPhoneNumber needs libphonenumber-js: take it out of REPLACED in build/bundle.ts',
  );
}
