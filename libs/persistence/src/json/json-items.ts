/**
 * Items of a list as the JSON that the database has written, separated by commas: no thread of ours takes them apart to
 * put them together again. In a list they stand for as many items.
 */
export class JsonItems {
  constructor(readonly text: string) {}
}
