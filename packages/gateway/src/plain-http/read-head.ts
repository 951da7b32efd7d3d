/** A request's head that every parser reads alike. */
export interface PlainHead {
  readonly path: string
  /** Without `?`; empty when there is none. */
  readonly query: string
  /** Name, value, name, value, …, as received. */
  readonly rawHeaders: readonly string[]
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** Where the body begins. */
  readonly bytes: number
  readonly bodyBytes: number
  /** False = the client closes after this request. */
  readonly keepAlive: boolean
}

const longestHead = 16_384
/** A body that fits into one read of a socket. */
const longestBody = 65_536

const begin = 'POST '
const version = ' HTTP/1.1'
const endOfHead = Buffer.from('\r\n\r\n')

/**
 * The whole head in one look (a look a line cost twice as much): a POST, and lines of a name, a colon and printable ASCII.
 * No control characters, and nothing beyond ASCII, which is read in two ways.
 */
const wellFormed = /^POST \/[!-~]* HTTP\/1\.1(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ -~]*)*$/
const length = /^\d{1,5}$/

/** They change where a message ends, or what is spoken after it. */
const elsewhere: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'expect',
  'upgrade',
  'http2-settings',
  'trailer',
])

/**
 * The head of a POST of HTTP/1.1, whole and plain: one way to say where its body ends, each header once, printable ASCII. Null
 * for whatever is otherwise in the least; it is for Node's own parser, which knows what to refuse.
 */
export function readPlainHead(bytes: Buffer): PlainHead | null {
  const end = bytes.indexOf(endOfHead)
  if (end < 0 || end > longestHead) return null
  const text = bytes.toString('latin1', 0, end)
  if (!wellFormed.test(text)) return null
  const rawHeaders: string[] = []
  const headers = new Map<string, string>()
  const endOfFirst = text.indexOf('\r\n')
  for (let at = endOfFirst; at !== -1;) {
    const next = text.indexOf('\r\n', at + 2)
    if (!readLine(text.slice(at + 2, next === -1 ? undefined : next), rawHeaders, headers)) return null
    at = next
  }
  const asked = text.slice(begin.length, (endOfFirst === -1 ? end : endOfFirst) - version.length)
  return headOf(asked, { rawHeaders, headers }, end + endOfHead.length)
}

function readLine(line: string, rawHeaders: string[], headers: Map<string, string>): boolean {
  const colon = line.indexOf(':')
  const name = line.slice(0, colon)
  const lower = name.toLowerCase()
  if (headers.has(lower) || elsewhere.has(lower)) return false
  const value = line.slice(colon + 1).trim()
  headers.set(lower, value)
  rawHeaders.push(name, value)
  return true
}

type Lines = Pick<PlainHead, 'headers' | 'rawHeaders'>

function headOf(asked: string, { headers, rawHeaders }: Lines, bytes: number): PlainHead | null {
  const declared = headers.get('content-length') ?? ''
  const connection = headers.get('connection')?.toLowerCase() ?? 'keep-alive'
  if (!length.test(declared) || Number(declared) > longestBody || !headers.has('host')) return null
  if (connection !== 'keep-alive' && connection !== 'close') return null
  const mark = asked.indexOf('?')
  return {
    path: mark === -1 ? asked : asked.slice(0, mark),
    query: mark === -1 ? '' : asked.slice(mark + 1),
    rawHeaders,
    headers,
    bytes,
    bodyBytes: Number(declared),
    keepAlive: connection === 'keep-alive',
  }
}
