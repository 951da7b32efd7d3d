import { PointsmanError, requireUnpacked } from '@pointsman/contract'
import { requireStorable } from './storable-text.ts'

/**
 * The body as JSON. Bytes are counted as they come, whatever Content-Length says; reading stops at the limit.
 * An empty body is `undefined`, so that a schema can say what is missing. Throws PointsmanError `body_too_large`,
 * `invalid_json`, `unsupported_encoding`.
 */
export async function readJson(request: Request, limitBytes: number): Promise<unknown> {
  requireUnpacked(request.headers.get('content-encoding'))
  const text = await readText(request, limitBytes)
  if (text.trim() === '') return undefined
  requireBearable(text)
  try {
    return JSON.parse(text, reviewed)
  } catch (cause) {
    if (cause instanceof PointsmanError) throw cause
    const where = cause instanceof Error ? ` (${cause.message})` : ''
    throw new PointsmanError('invalid_json', `The body is not JSON${where}. Send one JSON object.`, { cause })
  }
}

/** Deeper than anything that is asked here; far less than what the parser's own recursion bears. */
const maxDepth = 200
/** Each costs the parser microseconds, in which nobody else is answered. */
const maxMembers = 100_000

/** Throws PointsmanError `invalid_request`. Brackets in strings do not count; a text that is no JSON is the parser's to refuse. */
function requireBearable(text: string): void {
  let depth = 0
  let members = 0
  let isString = false
  for (let at = 0; at < text.length; at += 1) {
    const unit = text[at]
    if (isString) {
      if (unit === '\\') at += 1
      else if (unit === '"') isString = false
    } else if (unit === '"') isString = true
    else if (unit === '[' || unit === '{') depth += 1
    else if (unit === ']' || unit === '}') depth -= 1
    else if (unit === ':') members += 1
    if (depth > maxDepth) {
      throw new PointsmanError(
        'invalid_request',
        `The body is nested deeper than ${maxDepth} levels, the limit of this server.`,
      )
    }
  }
  if (members > maxMembers) {
    throw new PointsmanError(
      'invalid_request',
      `The body's objects have more than ${maxMembers} members, the limit of this server.`,
    )
  }
}

/** Refuses what no schema sees: `__proto__`, which they leave out in silence, and text that cannot be stored. */
function reviewed(this: unknown, name: string, value: unknown): unknown {
  if (name === '__proto__') {
    throw new PointsmanError('invalid_request', 'No member may be named "__proto__".', { field: name })
  }
  if (typeof value === 'string') requireStorable(name, value)
  return value
}

async function readText(request: Request, limitBytes: number): Promise<string> {
  const tooLarge = (): PointsmanError =>
    new PointsmanError(
      'body_too_large',
      `The body is larger than ${limitBytes} bytes, the limit of this server.`,
    )
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > limitBytes) throw tooLarge()
  if (request.body === null) return ''
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  try {
    for await (const chunk of request.body as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
      size += chunk.byteLength
      if (size > limitBytes) throw tooLarge()
      text += decoder.decode(chunk, { stream: true })
    }
    return text + decoder.decode()
  } catch (error) {
    if (error instanceof PointsmanError) throw error
    if (error instanceof TypeError) {
      throw new PointsmanError('invalid_json', 'The body is not UTF-8 text. Send one JSON object in UTF-8.', {
        cause: error,
      })
    }
    throw new PointsmanError('invalid_request', 'The body ended before it was whole.', { cause: error })
  }
}
