import type { DialectName } from '@pointsman/contract'
import type { Dialect, Dialects } from '@pointsman/wire'
import type { Answered } from './data-plane.ts'

/** Where the body says whose it is, one path serves two faces with the same errors. */
export interface Asked {
  readonly face: DialectName
  readonly path: string
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch {
    // Shown as text by whoever finds that it is no JSON.
    return undefined
  }
}

type Members = Readonly<Record<string, unknown>>
const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null ? (value as Members) : {}
const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** What is wrong with an error's form; null = nothing. */
function judgeError({ face }: Asked, { body, headers, status }: Answered): string | null {
  const parsed = parse(body)
  const json = membersOf(Array.isArray(parsed) ? parsed[0] : parsed)
  const error = membersOf(json['error'])
  const isGood = ((): boolean => {
    switch (face) {
      case 'openai-chat':
      case 'openai-responses':
        return isText(error['message']) && isText(error['type']) && 'param' in error && isText(error['code'])
      case 'anthropic-messages':
        return (
          json['type'] === 'error' &&
          isText(error['type']) &&
          isText(error['message']) &&
          isText(json['request_id'])
        )
      case 'native-chat':
        return json['success'] === false && isText(error['code']) && isText(error['message'])
      case 'gemini':
        return error['code'] === status && isText(error['status']) && isText(error['message'])
      default:
        return isText(json['message']) && isText(headers.get('x-amzn-errortype'))
    }
  })()
  return isGood ? null : 'the error is not in the form of its face'
}

const streamsOf = (path: string): boolean => /converse-stream|invoke-with-response|streamGenerate/.test(path)

/** Whose bytes pass untouched to a face: what is odd in them is the vendor's, and only their end is judged. */
const passing: { readonly [provider: string]: readonly DialectName[] } = {
  openai: ['openai-chat', 'openai-responses'],
  local: ['openai-chat'],
  anthropic: ['anthropic-messages'],
  google: ['gemini'],
  bedrock: ['bedrock-converse', 'bedrock-invoke-claude', 'bedrock-invoke-nova'],
}

/** Whether a face's bytes go to the provider as they are. */
export const passes = (face: DialectName, provider: string | null | undefined): boolean =>
  passing[provider ?? '']?.includes(face) === true

/** A stream must end with its end or with an error: what the face's own reader makes of it says which. */
function judgeStream(dialects: readonly Dialect[], { body, records }: Answered): string | null {
  const problems = dialects.map((dialect) => {
    const mode = passes(dialect.name, records[0]?.provider) ? 'relay' : 'translate'
    try {
      const reader = dialect.streamReader({ mode, hideUsage: false })
      const parts = [...reader.push(body), ...reader.end()].flatMap((frame) => frame.parts)
      return parts.some((part) => part.type === 'finish' || part.type === 'error')
        ? null
        : 'the stream has neither an end nor an error'
    } catch (thrown) {
      return `the stream cannot be read: ${String(thrown)}`
    }
  })
  return problems.includes(null) ? null : problems.join('; ')
}

/** Gemini's other form of a stream: one list of the same chunks. */
const asList = ({ face, path }: Asked): boolean =>
  face === 'gemini' && path.includes(':streamGenerateContent') && !path.includes('alt=sse')

const encoder = new TextEncoder()

/** The list's chunks as the events that they would be, to be read by the face's own reader. */
function judgeList(dialect: Dialect, answered: Answered): string | null {
  const list = parse(answered.body)
  if (!Array.isArray(list)) return 'the answer is not a JSON list'
  const events = list.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')
  return judgeStream([dialect], { ...answered, body: encoder.encode(events) })
}

/** The native chat has no reader, because no vendor speaks it: its last event says how it ended. */
function judgeNativeStream({ body }: Answered): string | null {
  const events = decoder
    .decode(body)
    .split('\n\n')
    .filter((event) => event !== '')
  const ends = events.map((event) => /^event: (?:done|error)\ndata: \{/.test(event))
  return ends.indexOf(true) === events.length - 1
    ? null
    : 'the stream has not one end or error, as its last event'
}

/** What is wrong with the answer to any body at all; null = nothing. */
export function judge(asked: Asked, answered: Answered, dialects: Dialects): string | null {
  const { body, faults, headers, records, status } = answered
  if (faults.length > 0) return `the server met a fault of its own: ${faults.join('\n')}`
  if (status < 200 || status > 599 || status === 500) return `the status is ${status}`
  if (records.length !== 1) return `the request left ${records.length} usage records`
  if (records[0]?.error?.code === 'internal') return 'the record tells an error of the server itself'
  if (status >= 400) return judgeError(asked, answered)
  if (status !== 200) return `the status is ${status}, which no answer of a face has`
  const contentType = headers.get('content-type') ?? ''
  if (asList(asked)) return judgeList(dialectNamed(dialects, asked.face), answered)
  if (!/event-?stream/.test(contentType)) {
    if (streamsOf(asked.path)) return `a stream was asked for, and ${contentType} came`
    return parse(body) === undefined ? 'the answer is not JSON' : null
  }
  if (asked.face === 'native-chat') return judgeNativeStream(answered)
  const names: readonly DialectName[] = asked.path.includes('/invoke-')
    ? ['bedrock-invoke-claude', 'bedrock-invoke-nova']
    : [asked.face]
  return judgeStream(
    names.map((name) => dialectNamed(dialects, name)),
    answered,
  )
}

function dialectNamed(dialects: Dialects, name: DialectName): Dialect {
  const dialect = dialects.get(name)
  if (dialect === undefined) throw new Error(`there is no dialect ${name}`)
  return dialect
}
