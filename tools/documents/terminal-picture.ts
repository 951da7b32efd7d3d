/** One command and what it prints. */
export interface Shown {
  readonly command: string
  readonly prints: string
}

const columns = 106
const fontSize = 14
/** Width of one character in the fonts that are named; `textLength` holds every other font to it. */
const cellWidth = 8.4
const lineHeight = 21
const padding = 20
const barHeight = 34

// One card of its own, with a border: it reads the same on a light page and on a dark one.
const colours = {
  card: '#161b22',
  border: '#57606a',
  bar: '#21262d',
  text: '#e6edf3',
  dim: '#9da7b3',
  command: '#ffffff',
  good: '#56d364',
}

interface Run {
  readonly text: string
  readonly colour: string
  readonly bold?: boolean
}
type Line = readonly Run[]

/** Spaces are made hard: browsers collapse others, whatever `xml:space` says. */
const escapeXml = (text: string): string =>
  text
    .replaceAll(' ', '\u00a0')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** As a terminal wraps: at the last column, wherever that falls. */
function wrap(text: string, width: number): readonly string[] {
  const characters = Array.from(text)
  const pieces: string[] = []
  for (let from = 0; from === 0 || from < characters.length; from += width)
    pieces.push(characters.slice(from, from + width).join(''))
  return pieces
}

/** A line of output, wrapped: its mark in green, the line that says who served dimmed. */
function printedLines(line: string): readonly Line[] {
  const colour = line.startsWith('—') ? colours.dim : colours.text
  const [first = '', ...rest] = wrap(line, columns)
  const marked: Line = first.startsWith('✓')
    ? [
        { text: '✓', colour: colours.good, bold: true },
        { text: first.slice(1), colour },
      ]
    : [{ text: first, colour }]
  return [marked, ...rest.map((text): Line => [{ text, colour }])]
}

function linesOf({ command, prints }: Shown): readonly Line[] {
  const [first = '', ...rest] = wrap(command, columns - 2)
  return [
    [
      { text: '$ ', colour: colours.good },
      { text: first, colour: colours.command, bold: true },
    ],
    ...rest.map((text): Line => [{ text, colour: colours.command, bold: true }]),
    ...prints.split('\n').flatMap(printedLines),
  ]
}

function drawLine(line: Line, y: number): string {
  const cells = line.reduce((sum, { text }) => sum + Array.from(text).length, 0)
  if (cells === 0) return ''
  const runs = line.map(
    ({ text, colour, bold }) =>
      `<tspan fill="${colour}"${bold === true ? ' font-weight="600"' : ''}>${escapeXml(text)}</tspan>`,
  )
  const length = Math.round(cells * cellWidth * 10) / 10
  return `<text x="${padding}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs">${runs.join('')}</text>\n`
}

/** A terminal with these commands and what they print, as an SVG; the same for the same input. */
export function drawTerminal(title: string, shown: readonly Shown[]): string {
  const lines = shown.flatMap((one, index): readonly Line[] => [
    ...(index === 0 ? [] : [[]]),
    ...linesOf(one),
  ])
  const width = Math.ceil(columns * cellWidth) + 2 * padding
  const height = barHeight + lines.length * lineHeight + 2 * padding - (lineHeight - fontSize)
  const top = barHeight + padding + fontSize - 3
  const text = lines.map((line, index) => drawLine(line, top + index * lineHeight)).join('')
  const lights = [20, 40, 60].map(
    (x) => `<circle cx="${x}" cy="${barHeight / 2}" r="5.5" fill="${colours.border}"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${title}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="${colours.card}" stroke="${colours.border}"/>
<path d="M1 ${barHeight}V10.5A9.5 9.5 0 0 1 10.5 1H${width - 10.5}A9.5 9.5 0 0 1 ${width - 1} 10.5V${barHeight}Z" fill="${colours.bar}"/>
${lights.join('')}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace" font-size="${fontSize}">
${text}</g>
</svg>
`
}
