/** Columns as wide as their widest cell; `right` lists those with numbers. Widths count characters, not escapes. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => visible(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat((widths[column] ?? 0) - visible(cell));
        return right.includes(column) ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(header), rule, ...rows.map(line)].join('\n');
}

// Colours begin with a control character; they have no width.
// oxlint-disable-next-line no-control-regex
const escapes = /\u001b\[\d+m/g;
const visible = (text: string): number => text.replace(escapes, '').length;
