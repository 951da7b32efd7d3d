import { PointsmanError } from '@pointsman/contract'
import { placeOf, readTokens, type Token } from './read-tokens.ts'

export interface Statement {
  /** Without its semicolon and what stands around it. */
  readonly text: string
  /** Where it begins in the whole text. */
  readonly offset: number
  /** Its first word in capitals, of a WITH its main verb: `SELECT`, `UPDATE`. */
  readonly command: string
  /** What `pointsman.run_statement` is told: a query, a statement that gives rows, one that gives none. */
  readonly kind: 'reads' | 'returns' | 'changes'
}

const mostStatements = 500

/**
 * The statements of a text, each of a kind that this door takes. The list is for a clear answer: that nothing steps out of
 * the role and the transaction is held by the database (`pointsman.run_statement`). Throws `invalid_request`.
 */
export function readStatements(text: string): readonly Statement[] {
  const statements = split(readTokens(text)).map((tokens) => readStatement(text, tokens))
  if (statements.length === 0) {
    throw new PointsmanError('invalid_request', 'There is no statement in the SQL that was sent.', {
      field: 'text',
    })
  }
  if (statements.length > mostStatements) {
    throw new PointsmanError(
      'invalid_request',
      `There are ${statements.length} statements; one transaction takes ${mostStatements} at most. Send them in parts.`,
      { field: 'text' },
    )
  }
  return statements
}

function split(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const statements: Token[][] = [[]]
  for (const token of tokens) {
    if (token.kind === 'symbol' && token.text === ';') statements.push([])
    else statements.at(-1)?.push(token)
  }
  return statements.filter((statement) => statement.length > 0)
}

function readStatement(text: string, tokens: readonly Token[]): Statement {
  const begin = tokens.findIndex((token) => token.text !== '(')
  const first = tokens[begin] ?? tokens[0]
  const last = tokens.at(-1)
  if (first === undefined || last === undefined) throw new TypeError('a statement has tokens')
  const offset = tokens[0]?.start ?? 0
  const verb = verbOf(tokens.slice(begin))
  const kind = kindOf(verb, tokens)
  if (kind !== null) {
    return { text: text.slice(offset, last.end), offset, command: (verb?.text ?? '').toUpperCase(), kind }
  }
  const { line, lineText } = placeOf(text, first.start)
  const word = first.kind === 'word' ? first.text.toUpperCase() : first.text
  throw new PointsmanError('invalid_request', `${word} is not taken here (line ${line}). ${wayOut(word)}`, {
    field: 'text',
    data: { line, lineText },
  })
}

const verbs: ReadonlySet<string> = new Set([
  'select',
  'values',
  'table',
  'insert',
  'update',
  'delete',
  'merge',
])
const writing: ReadonlySet<string> = new Set(['insert', 'update', 'delete', 'merge', 'into'])

/** The word that says what a statement does: its first one, after WITH the one that follows its list. */
function verbOf(tokens: readonly Token[]): Token | null {
  const [first] = tokens
  if (first?.kind !== 'word') return null
  if (first.text !== 'with') return first
  return (
    tokens.find((token, index) => {
      if (token.kind !== 'word' || token.depth !== first.depth || !verbs.has(token.text)) return false
      // `WITH update AS (…)`: there it is a name.
      return !['with', 'recursive', ','].includes(tokens[index - 1]?.text ?? '')
    }) ?? null
  )
}

/** Null = not taken. */
function kindOf(verb: Token | null, tokens: readonly Token[]): Statement['kind'] | null {
  const isWord = (token: Token): boolean => token.kind === 'word'
  switch (verb?.text) {
    case 'select':
    case 'values':
    case 'table': {
      const makesTable = tokens.some(
        (token) => isWord(token) && token.text === 'into' && token.depth === verb.depth,
      )
      if (makesTable) return null
      return tokens.some((token) => isWord(token) && writing.has(token.text)) ? 'returns' : 'reads'
    }
    case 'insert':
    case 'update':
    case 'delete':
    case 'merge':
      return tokens.some((token) => isWord(token) && token.text === 'returning' && token.depth === verb.depth)
        ? 'returns'
        : 'changes'
    case 'explain':
    case 'show':
      return 'returns'
    case 'set':
      return setsReason(tokens) ? 'changes' : null
    default:
      return null
  }
}

/** `SET [LOCAL] pointsman.reason = '…'`: why, for the record. */
function setsReason(tokens: readonly Token[]): boolean {
  const [, ...rest] = tokens.map(({ kind, text }) => (kind === 'string' ? "''" : text))
  return /^(?:local )?pointsman \. reason (?:=|to) ''$/.test(rest.join(' '))
}

function wayOut(word: string): string {
  if (/^(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE)$/.test(word)) {
    return 'All statements run in one transaction, which is committed when every one has succeeded: leave it out.'
  }
  if (/^(SET|RESET|DISCARD)$/.test(word)) {
    return "SQL runs as service_role here, with the server’s settings; only SET pointsman.reason = '…' is taken."
  }
  if (word.startsWith('\\')) return 'It is a command of psql, not SQL.'
  return 'Taken are SELECT, VALUES, TABLE, WITH, INSERT, UPDATE, DELETE, MERGE, EXPLAIN and SHOW; a change of the schema is a migration.'
}
