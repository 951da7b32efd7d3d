/** Terminal cells, near enough: wide East Asian characters and emoji take two, combining marks none. */
export function cells(text: string): number {
  let count = 0
  for (const character of text) {
    if (/\p{Mark}|\u200d|\ufe0f/u.test(character)) continue
    count += wide.test(character) ? 2 : 1
  }
  return count
}
const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u

export const pad = (text: string, width: number, align: 'left' | 'right' = 'left'): string => {
  const space = ' '.repeat(Math.max(0, width - cells(text)))
  return align === 'left' ? text + space : space + text
}

/** At most this many cells; what was cut shows as `…`. */
export function clip(text: string, width: number): string {
  if (cells(text) <= width) return text
  let kept = ''
  let used = 0
  for (const character of text) {
    const more = cells(character)
    if (used + more > width - 1) break
    kept += character
    used += more
  }
  return `${kept}…`
}

/** A name from the server must not move the cursor or colour the operator's terminal. */
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')

/** The same for text of several lines, as a model writes it: line ends and tabs stay. */
export const printableLines = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')

/** Lines of at most this many cells, broken between words; later ones begin after `indent` spaces. Null = one line. */
export function wrap(text: string, width: number | null, indent = 0): readonly string[] {
  if (width === null) return [text]
  const lines: string[] = []
  let line = /^ */.exec(text)?.[0] ?? ''
  let isEmpty = true
  for (const word of text.trim().split(/ +/)) {
    if (!isEmpty && cells(line) + 1 + cells(word) > width) {
      lines.push(line)
      line = ' '.repeat(indent)
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line]
}

/** Text beside a label; its later lines stand below its first, not below the label. */
export function hanging(label: string, text: string, width: number | null): readonly string[] {
  const space = cells(label)
  const lines = wrap(text, width === null ? null : width - space)
  return lines.map((line, index) => (index === 0 ? label : ' '.repeat(space)) + line)
}
