/**
 * As JavaScript writes the same number: what differs then has lost digits. Zeros are looked at from the first of a run alone:
 * PostgreSQL writes a hundred thousand, and from each of them on would take seconds.
 */
const plain = (source: string): string => {
  const short = /^-?\d+\.\d+$/.test(source) ? source.replace(/(?:\.|(?<=[1-9]))0+$/, '') : source
  return short.replace(/e([+-])0+(?=\d)/i, 'e$1')
}

/** JSON of the database; a number that a double does not hold stays text, so that no digit is lost in silence. */
export const readExact = (text: string): unknown =>
  JSON.parse(text, (_name: string, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source
    if (typeof value !== 'number' || source === undefined) return value
    return String(value) === plain(source) ? value : source
  })
