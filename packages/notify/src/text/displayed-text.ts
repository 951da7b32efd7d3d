/** How many characters of each are shown. Longer ones end in `…`. */
export const longest = { name: 120, title: 120, message: 500, search: 200 } as const

/**
 * Text from a model, a catalogue or an operator, as it may stand on a page: one line, well-formed, no longer than that, and
 * without characters that reorder what stands beside it.
 */
export function displayedText(text: unknown, length: number): string {
  // Callers in JavaScript hand over whatever a server sent.
  if (typeof text !== 'string') return ''
  // Cut first: what follows shall not walk through megabytes. Marks may take most of what is left.
  const begin = text.slice(0, length * 8)
  const plain = begin
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    // Embeddings, overrides and isolates; marks that only say a direction stay, as right-to-left text needs them.
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    // No script writes more; a hundred on one letter are drawn over the lines above.
    .replace(/(\p{Mn}{3})\p{Mn}+/gu, '$1')
    .replace(/\s+/g, ' ')
    .trim()
  const characters = Array.from(new Intl.Segmenter().segment(plain), ({ segment }) => segment)
  const isWhole = characters.length <= length && begin.length === text.length
  return isWhole ? plain : `${characters.slice(0, length - 1).join('')}…`
}
