/** What stands for a path. */
const MASK = '[path]';

/**
 * Absolute paths of POSIX and Windows with two segments or more, those of a home or a share, and file addresses. In quotes a path may have spaces.
 * The path of a web address is none: something other than a colon stands right before its first slash.
 */
const PATHS = [
  /(?<=(["'`]))(?:file:\/\/|[A-Za-z]:[\\/]|\/)[^"'`\n]{1,4096}(?=\1)/g,
  /(?<![\w.~:/\\-])(?:file:\/\/\/?|[A-Za-z]:[\\/])[^\s"'`<>|;,()]+/g,
  /(?<![\w.~/\\-])~?\/(?!\/)[^\s"'`<>|;:,()/]+\/[^\s"'`<>|;:,()]*/g,
  /(?<![\w\\])\\\\[^\s"'`<>|;:,()\\]+\\[^\s"'`<>|;:,()]*/g,
];

/** Takes the paths out of the words of a failure: they would tell of our machine, and mean nothing to a person. */
export function hidePaths(text: string): string {
  return PATHS.reduce((masked, pattern) => masked.replace(pattern, MASK), text);
}
