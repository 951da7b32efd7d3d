import { PointsmanError } from '@pointsman/contract'

export interface Token {
  /** `word`: a bare name or a key word, in lower case. `quoted`: a name in quotes. `string`: any literal text. */
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol'
  readonly text: string
  /** Offsets into the whole text: of its first character, and of what follows it. */
  readonly start: number
  readonly end: number
  /** How many parentheses are open before it. */
  readonly depth: number
}

/** White space as PostgreSQL's reader knows it, and the mark at a file's begin. Nested comments are counted by hand. */
const space = /[ \t\n\r\f\v\uFEFF]+|--[^\n\r]*/y
const word = /[A-Za-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*/y
const number = /\$\d+|\d[\w.]*|\.\d[\w.]*/y
const dollarTag = /\$(?:[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?\$/y
const plainString = /(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'/y
/**
 * A literal goes on in the next line, and backslashes go on to mean what they meant. A comment in between ends at its line's
 * end alone: a run of dashes that could be read as several would be tried in every way, for ever.
 */
const escapeString =
  /[eE]'(?:[^'\\]|\\[\s\S]|'')*'(?:[ \t\f\v]*(?:--[^\n\r]*)?[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'(?:[^'\\]|\\[\s\S]|'')*')*/y
const quotedName = /(?:[uU]&)?"(?:[^"]|"")*"/y

const at = (pattern: RegExp, text: string, place: number): string | null => {
  pattern.lastIndex = place
  return pattern.exec(text)?.[0] ?? null
}

/** SQL as PostgreSQL's reader takes it apart, comments left out. Throws `invalid_request` where something is not closed. */
export function readTokens(text: string): readonly Token[] {
  const tokens: Token[] = []
  let depth = 0
  let place = 0
  while (place < text.length) {
    const skipped = at(space, text, place)?.length ?? commentLength(text, place)
    if (skipped > 0) {
      place += skipped
      continue
    }
    const { kind, raw } = nextToken(text, place)
    if (raw === ')') depth = Math.max(0, depth - 1)
    tokens.push({
      kind,
      text: kind === 'word' ? raw.toLowerCase() : raw,
      start: place,
      end: place + raw.length,
      depth,
    })
    if (raw === '(') depth += 1
    place += raw.length
  }
  return tokens
}

function nextToken(text: string, place: number): { readonly kind: Token['kind']; readonly raw: string } {
  const literal = at(escapeString, text, place) ?? at(plainString, text, place) ?? dollarString(text, place)
  if (literal !== null) return { kind: 'string', raw: literal }
  const name = at(quotedName, text, place)
  if (name !== null) return { kind: 'quoted', raw: name }
  if (/['"]/.test(text.charAt(place))) throw notClosed('quote', text, place)
  const bare = at(word, text, place)
  if (bare !== null) return { kind: 'word', raw: bare }
  const figure = at(number, text, place)
  if (figure !== null) return { kind: 'number', raw: figure }
  return { kind: 'symbol', raw: text.charAt(place) }
}

function dollarString(text: string, place: number): string | null {
  const tag = at(dollarTag, text, place)
  if (tag === null) return null
  const close = text.indexOf(tag, place + tag.length)
  if (close < 0) throw notClosed(`text that begins with ${tag}`, text, place)
  return text.slice(place, close + tag.length)
}

function commentLength(text: string, place: number): number {
  if (!text.startsWith('/*', place)) return 0
  let open = 0
  for (let here = place; here < text.length; here += 1) {
    if (text.startsWith('/*', here)) open += 1
    else if (text.startsWith('*/', here)) open -= 1
    else continue
    here += 1
    if (open === 0) return here + 1 - place
  }
  throw notClosed('comment', text, place)
}

/** Line and column, from 1, and the line's text without white space at its ends. */
export interface Place {
  readonly line: number
  readonly column: number
  readonly lineText: string
}

export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset)
  const begin = before.lastIndexOf('\n') + 1
  const end = text.indexOf('\n', offset)
  return {
    line: before.split('\n').length,
    column: Array.from(before.slice(begin)).length + 1,
    lineText: text.slice(begin, end < 0 ? text.length : end).trim(),
  }
}

function notClosed(what: string, text: string, offset: number): PointsmanError {
  const { line, column, lineText } = placeOf(text, offset)
  return new PointsmanError(
    'invalid_request',
    `The ${what} at line ${line}, column ${column} is not closed: ${lineText}`,
    { field: 'text', data: { line, column, lineText } },
  )
}
