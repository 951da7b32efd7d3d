/**
 * Whether a text fits a pattern in which `*` stands for any characters, none included; everything else is literal.
 * Linear in the text for each star, so a hostile pattern cannot hold the process.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const pieces = pattern.split('*')
  const first = pieces[0] ?? ''
  if (pieces.length === 1) return text === first
  const last = pieces.at(-1) ?? ''
  if (!text.startsWith(first)) return false
  let position = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, position)
    if (found === -1) return false
    position = found + piece.length
  }
  return text.length - position >= last.length && text.endsWith(last)
}
