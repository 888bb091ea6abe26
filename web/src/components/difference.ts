/** Which words two texts share: what an editor took out, and what they put in. */

export interface Piece {
  kind: 'same' | 'out' | 'in';
  text: string;
}

/** Beyond this the table would be larger than it helps; then all of one is out and all of the other in. */
const maxCells = 4_000_000;

const words = (text: string): string[] => text.match(/\s+|[^\s]+/g) ?? [];

/** By the longest common subsequence of words; spaces are words too, so that the pieces together are the texts again. */
export function differences(before: string, after: string): Piece[] {
  const [a, b] = [words(before), words(after)];
  if (a.length * b.length > maxCells)
    return [
      { kind: 'out', text: before },
      { kind: 'in', text: after },
    ];
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] =
        a[i] === b[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
  const pieces: Piece[] = [];
  const add = (kind: Piece['kind'], text: string) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else pieces.push({ kind, text });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add('same', a[i]!);
      i++;
      j++;
    } else if (
      j >= b.length ||
      (i < a.length && longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!)
    )
      add('out', a[i++]!);
    else add('in', b[j++]!);
  }
  return pieces;
}
