/** The release of the product. A test compares it with package.json. */
export const RELEASE = '0.1.0';
