import { readFrames } from '../../packages/engine/src/testing/event-stream.ts'

/** What a client makes of a stream. */
export interface ReadStream {
  readonly text: string
  /** How often an answer began; null where the form has no beginning. */
  readonly starts: number | null
  /** Anything that says "this is the whole answer". */
  readonly complete: boolean
  /** The error that it was told, each by its message. */
  readonly errors: readonly string[]
}

interface Event {
  readonly [name: string]: unknown
}
const eventsOf = (bytes: Uint8Array): readonly (Event | '[DONE]')[] =>
  new TextDecoder('utf-8', { fatal: true })
    .decode(bytes)
    .split(/\r?\n\r?\n/)
    .flatMap((block) => block.split(/\r?\n/).filter((line) => line.startsWith('data:')))
    .map((line) => line.slice('data:'.length).trim())
    .map((data) => (data === '[DONE]' ? data : (JSON.parse(data) as Event)))

const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null
        ? (inner as { readonly [key: string]: unknown })[name]
        : undefined,
    value,
  )
const textAt = (value: unknown, ...path: readonly (string | number)[]): string => {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}
const isSet = (value: unknown): boolean => value !== undefined && value !== null

function readChat(bytes: Uint8Array): ReadStream {
  const all = eventsOf(bytes)
  const events = all.filter((event) => event !== '[DONE]')
  return {
    text: events.map((event) => textAt(event, 'choices', 0, 'delta', 'content')).join(''),
    starts: events.filter((event) => isSet(at(event, 'choices', 0, 'delta', 'role'))).length,
    complete: all.includes('[DONE]') || events.some((one) => isSet(at(one, 'choices', 0, 'finish_reason'))),
    errors: events.filter((event) => isSet(event['error'])).map((event) => textAt(event, 'error', 'message')),
  }
}

/**
 * Who reads OpenAI's own form looks for a failure in one of two events: the official clients throw on `error`, Codex knows
 * `response.failed` alone.
 */
function responseErrors(events: readonly Event[]): readonly string[] {
  const id = textAt(
    events.find(({ type }) => type === 'response.created'),
    'response',
    'id',
  )
  const failures = events.filter(({ type }) => type === 'response.failed')
  const told = events
    .filter(({ type }) => type === 'error')
    .map((event) => textAt(event, 'message') || textAt(event, 'error', 'message'))
  const messages = failures.map((event) => textAt(event, 'response', 'error', 'message'))
  const isWhole = failures.every(
    (event) =>
      textAt(event, 'response', 'id') === id &&
      textAt(event, 'response', 'status') === 'failed' &&
      textAt(event, 'response', 'error', 'code') !== '',
  )
  if (!isWhole) throw new Error(`no failure of the answer ${id}: ${JSON.stringify(failures)}`)
  if (failures.length > 0 && events.at(-1) !== failures.at(-1)) throw new Error('more came after the failure')
  if (told.length > 0 && told.join() !== messages.join())
    throw new Error(`told as an error: ${told.join()}; as a failed response: ${messages.join()}`)
  return messages
}

function readResponses(bytes: Uint8Array): ReadStream {
  const events = eventsOf(bytes).filter((event) => event !== '[DONE]')
  const numbers = events.map((event) => event['sequence_number'])
  // Clients put events in order by their numbers: an error that jumps back would be lost.
  const misnumbered = numbers.findIndex((number, index) => number !== index)
  if (misnumbered >= 0)
    throw new Error(`event ${misnumbered} has sequence_number ${String(numbers[misnumbered])}`)
  return {
    text: events
      .filter((event) => event['type'] === 'response.output_text.delta')
      .map((event) => textAt(event, 'delta'))
      .join(''),
    starts: events.filter((event) => event['type'] === 'response.created').length,
    complete: events.some(({ type }) => type === 'response.completed' || type === 'response.incomplete'),
    errors: responseErrors(events),
  }
}

function readMessages(events: readonly Event[]): ReadStream {
  return {
    text: events.map((event) => textAt(event, 'delta', 'text')).join(''),
    starts: events.filter(({ type }) => type === 'message_start').length,
    complete: events.some((one) => one['type'] === 'message_stop' || isSet(at(one, 'delta', 'stop_reason'))),
    errors: events.filter(({ type }) => type === 'error').map((event) => textAt(event, 'error', 'message')),
  }
}

const exceptionsOf = (frames: ReturnType<typeof readFrames>): readonly string[] =>
  frames.filter(({ name }) => name.startsWith('exception ')).map(({ payload }) => textAt(payload, 'message'))

function readConverse(bytes: Uint8Array): ReadStream {
  const frames = readFrames(bytes)
  return {
    text: frames.map(({ payload }) => textAt(payload, 'delta', 'text')).join(''),
    starts: frames.filter(({ name }) => name === 'messageStart').length,
    complete: frames.some(({ name }) => name === 'messageStop' || name === 'metadata'),
    errors: exceptionsOf(frames),
  }
}

function readInvoke(bytes: Uint8Array): ReadStream {
  const frames = readFrames(bytes)
  const events = frames
    .filter(({ name }) => name === 'chunk')
    .map(({ payload }) => JSON.parse(Buffer.from(textAt(payload, 'bytes'), 'base64').toString()) as Event)
  const read = readMessages(events)
  return { ...read, errors: [...read.errors, ...exceptionsOf(frames)] }
}

function readGemini(bytes: Uint8Array): ReadStream {
  const events = eventsOf(bytes).filter((event) => event !== '[DONE]')
  return {
    text: events.map((event) => textAt(event, 'candidates', 0, 'content', 'parts', 0, 'text')).join(''),
    starts: null,
    complete: events.some((event) => isSet(at(event, 'candidates', 0, 'finishReason'))),
    errors: events.filter((event) => isSet(event['error'])).map((event) => textAt(event, 'error', 'message')),
  }
}

/** Each face's form, read strictly: bytes that are no whole frames throw. */
export const readers: { readonly [face: string]: (bytes: Uint8Array) => ReadStream } = {
  'openai chat': readChat,
  'openai responses': readResponses,
  'anthropic messages': (bytes) => readMessages(eventsOf(bytes).filter((event) => event !== '[DONE]')),
  'bedrock converse': readConverse,
  'bedrock invoke': readInvoke,
  gemini: readGemini,
}
