export { foldedText, foldedWithoutAccents } from './folded-text.js';
