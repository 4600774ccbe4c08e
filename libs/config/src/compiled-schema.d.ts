/** A schema that the build compiles: see `build/compiled-schemas.ts`. */
declare module '*.schema.json?compiled' {
  const matches: import('ajv').ValidateFunction;
  export default matches;
}
