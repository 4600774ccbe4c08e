/** One page of a list, and how to see the next one. */
export function tableOfPage(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  nextCursor: string | null,
): string {
  const rest = nextCursor === null ? '' : `\nThere are more: --cursor ${nextCursor}`;
  return table(titles, rows) + rest;
}

/** Rows below their titles, in columns that are as wide as what they hold. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, ...rows];
  const widths = titles.map((_title, column) =>
    Math.max(...lines.map((cells) => cells[column]!.length)),
  );
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
