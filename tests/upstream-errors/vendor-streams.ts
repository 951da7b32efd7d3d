// size: a declared table of streams
import { answerFrames, eventFrame, exceptionFrame } from '../../packages/engine/src/testing/event-stream.ts'
import type { ErrorCode } from '@pointsman/contract'
import type { VendorName } from '../vendor-routes.ts'

/** A vendor's error within its stream, and what must come of it where nothing was sent yet. */
export interface StreamedError {
  readonly name: string
  /** As the stream's frame of this number. */
  frameAt(index: number): Uint8Array
  readonly code: ErrorCode
  readonly next: 'move-on' | 'stop'
  readonly status: number
}

/** A whole answer as its vendor streams it, frame by frame. */
export interface VendorStream {
  readonly name: string
  readonly contentType: string
  readonly frames: readonly Uint8Array[]
  /** So many frames bring no content yet. */
  readonly opening: number
  /** After so many frames the model has said that it finished. */
  readonly finished: number
  /** The text after so many frames. */
  textAfter(frames: number): string
  readonly errors: readonly StreamedError[]
}

const pieces = ['Well, ', 'thänk ', 'you 😀 ', 'much.'] as const
const encoder = new TextEncoder()
const sse = (data: unknown, event?: string): Uint8Array =>
  encoder.encode(`${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`)
interface Typed {
  readonly type: string
  readonly [member: string]: unknown
}
const typed = (data: Typed): Uint8Array => sse(data, data.type)

/** The text where the pieces come one a frame, after `opening` frames. */
const piecewise =
  (opening: number) =>
  (frames: number): string =>
    pieces.slice(0, Math.max(0, frames - opening)).join('')

type Outcome = Pick<StreamedError, 'code' | 'next' | 'status'>
const throttled: Outcome = { code: 'upstream_throttled', next: 'move-on', status: 429 }
const overloaded: Outcome = { code: 'upstream_overloaded', next: 'move-on', status: 503 }
const failed: Outcome = { code: 'upstream_error', next: 'move-on', status: 502 }
const unavailable: Outcome = { code: 'upstream_model_unavailable', next: 'move-on', status: 502 }
const credential: Outcome = { code: 'provider_auth', next: 'move-on', status: 502 }
const rejected: Outcome = { code: 'upstream_rejected', next: 'stop', status: 400 }
const policy: Outcome = { code: 'upstream_content_policy', next: 'stop', status: 400 }
/** No frame of the vendor's at all. */
const broken: Outcome = { code: 'upstream_broken', next: 'move-on', status: 502 }

const notSse: readonly StreamedError[] = [
  { name: 'an event of broken JSON', frameAt: () => encoder.encode('data: {"half":\n\n'), ...broken },
]

const chatChunk = (delta: object, more: object = {}): Uint8Array =>
  sse({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4.1',
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
  })
const chatError = (name: string, error: unknown, outcome: Outcome): StreamedError => ({
  name,
  frameAt: () => sse({ error }),
  ...outcome,
})

const chat: VendorStream = {
  name: 'chat completions',
  contentType: 'text/event-stream',
  frames: [
    chatChunk({ role: 'assistant', content: '' }),
    ...pieces.map((content) => chatChunk({ content })),
    chatChunk({}, { finish_reason: 'stop' }),
    sse({ id: 'c1', choices: [], usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } }),
    encoder.encode('data: [DONE]\n\n'),
  ],
  opening: 1,
  finished: 6,
  textAfter: piecewise(1),
  errors: [
    chatError(
      'of the server',
      { message: 'The server had an error', type: 'server_error', code: null },
      failed,
    ),
    chatError('a limit', { message: 'Limit', type: 'tokens', code: 'rate_limit_exceeded' }, throttled),
    chatError('a type alone', { message: 'Limit', type: 'rate_limit_error' }, throttled),
    chatError('no room', { message: 'Busy', type: null, code: 'server_is_overloaded' }, overloaded),
    chatError('a number', { message: 'Provider disconnected', code: 502 }, failed),
    chatError('a number, a limit', { message: 'Too many', code: 429 }, throttled),
    chatError('a bare text', 'upstream connect error', failed),
    chatError('our key', { message: 'Bad key sk-proj-x', code: 'invalid_api_key' }, credential),
    chatError('no such model', { message: 'None', code: 'model_not_found' }, unavailable),
    chatError('too long', { message: 'Too long', code: 'context_length_exceeded' }, rejected),
    chatError('a filter', { message: 'Filtered', code: 'content_filter' }, policy),
    ...notSse,
  ],
}

const response = (status: string, more: object = {}): object => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status,
  model: 'gpt-4.1',
  output: [],
  ...more,
})
const item = { id: 'msg_1', type: 'message', status: 'in_progress', role: 'assistant', content: [] }
const done = {
  ...item,
  status: 'completed',
  content: [{ type: 'output_text', text: pieces.join(''), annotations: [] }],
}
const atItem = { item_id: 'msg_1', output_index: 0, content_index: 0 }
const responseEvents = [
  { type: 'response.created', response: response('in_progress') },
  { type: 'response.in_progress', response: response('in_progress') },
  { type: 'response.output_item.added', output_index: 0, item },
  {
    type: 'response.content_part.added',
    ...atItem,
    part: { type: 'output_text', text: '', annotations: [] },
  },
  ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...atItem, delta })),
  { type: 'response.output_text.done', ...atItem, text: pieces.join('') },
  { type: 'response.output_item.done', output_index: 0, item: done },
  {
    type: 'response.completed',
    response: response('completed', {
      output: [done],
      usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
    }),
  },
].map((event, sequence_number) => ({ ...event, sequence_number }))

const responseError = (name: string, event: Typed, outcome: Outcome): StreamedError => ({
  name,
  frameAt: (sequence_number) => sse({ ...event, sequence_number }, event.type),
  ...outcome,
})
const flat = { type: 'error', code: 'rate_limit_exceeded', message: 'Limit', param: null } as const
const responseFailed = (code: string): Typed => ({
  type: 'response.failed',
  response: response('failed', { error: { code, message: 'No' } }),
})

const responses: VendorStream = {
  name: 'responses',
  contentType: 'text/event-stream',
  frames: responseEvents.map((event) => typed(event)),
  opening: 4,
  finished: responseEvents.length,
  textAfter: piecewise(4),
  errors: [
    responseError('flat', flat, throttled),
    responseError(
      'under error',
      { type: 'error', error: { type: 'server_error', code: 'server_error', message: 'No' } },
      failed,
    ),
    {
      name: 'without a type',
      frameAt: (sequence_number) => sse({ error: { message: 'No', code: 502 }, sequence_number }),
      ...failed,
    },
    responseError('a response that failed', responseFailed('server_error'), failed),
    responseError('a response that failed, a limit', responseFailed('rate_limit_exceeded'), throttled),
    responseError('a response that failed, a prompt', responseFailed('invalid_prompt'), policy),
    ...notSse,
  ],
}

const messageEvents = [
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-5-5',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 3, output_tokens: 1 },
    },
  },
  { type: 'ping' },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ...pieces.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 4 },
  },
  { type: 'message_stop' },
] as const
const messageError = (type: string, outcome: Outcome): StreamedError => ({
  name: type,
  frameAt: () => typed({ type: 'error', error: { type, message: `It says ${type}` } }),
  ...outcome,
})

const messages: VendorStream = {
  name: 'messages',
  contentType: 'text/event-stream',
  frames: messageEvents.map((event) => typed(event)),
  opening: 3,
  finished: messageEvents.length - 1,
  textAfter: piecewise(3),
  errors: [
    messageError('overloaded_error', overloaded),
    messageError('api_error', failed),
    messageError('rate_limit_error', throttled),
    messageError('timeout_error', failed),
    messageError('authentication_error', credential),
    messageError('permission_error', credential),
    messageError('not_found_error', unavailable),
    messageError('invalid_request_error', rejected),
    messageError('new_error', failed),
    ...notSse,
  ],
}

const converseFrames = answerFrames(pieces)
const exceptions: readonly StreamedError[] = (
  [
    ['throttlingException', throttled],
    ['internalServerException', failed],
    ['modelStreamErrorException', failed],
    ['serviceUnavailableException', overloaded],
    ['validationException', rejected],
    ['newException', failed],
  ] as const
).map(([name, outcome]) => ({ name, frameAt: () => exceptionFrame(name, `It says ${name}`), ...outcome }))
const damaged: StreamedError = {
  name: 'a frame whose sum is wrong',
  frameAt: () => converseFrames[1]?.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) ?? new Uint8Array(),
  ...broken,
}

const converse: VendorStream = {
  name: 'converse stream',
  contentType: 'application/vnd.amazon.eventstream',
  frames: converseFrames,
  opening: 1,
  finished: converseFrames.length - 1,
  textAfter: piecewise(1),
  errors: [...exceptions, damaged],
}

const invoke: VendorStream = {
  name: 'invoke with response stream',
  contentType: 'application/vnd.amazon.eventstream',
  frames: messageEvents.map((event) =>
    eventFrame('chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64') }),
  ),
  opening: 3,
  finished: messageEvents.length - 1,
  textAfter: piecewise(3),
  errors: [
    ...exceptions,
    {
      name: 'modelTimeoutException',
      frameAt: () => exceptionFrame('modelTimeoutException', 'Late'),
      ...failed,
    },
    damaged,
  ],
}

const geminiChunk = (text: string, more: object = {}): Uint8Array =>
  sse({
    candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0, ...more }],
    modelVersion: 'g',
  })
const geminiError = (code: number, status: string, outcome: Outcome): StreamedError => ({
  name: status,
  frameAt: () => sse({ error: { code, message: `It says ${status}`, status } }),
  ...outcome,
})

const gemini: VendorStream = {
  name: 'generate content',
  contentType: 'text/event-stream',
  frames: [
    sse({ usageMetadata: { promptTokenCount: 3 }, modelVersion: 'g' }),
    ...pieces.map((text, at) => geminiChunk(text, at === pieces.length - 1 ? { finishReason: 'STOP' } : {})),
    sse({ usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4, totalTokenCount: 7 } }),
  ],
  opening: 1,
  finished: 5,
  textAfter: piecewise(1),
  errors: [
    geminiError(503, 'UNAVAILABLE', overloaded),
    geminiError(429, 'RESOURCE_EXHAUSTED', throttled),
    geminiError(500, 'INTERNAL', failed),
    geminiError(504, 'DEADLINE_EXCEEDED', failed),
    geminiError(403, 'PERMISSION_DENIED', credential),
    geminiError(404, 'NOT_FOUND', unavailable),
    geminiError(400, 'INVALID_ARGUMENT', rejected),
    ...notSse,
  ],
}

/** What a vendor streams to the request that a face is turned into. */
export function streamFor(vendor: VendorName, face: string): VendorStream {
  switch (vendor) {
    case 'bedrock':
      return face === 'bedrock invoke' ? invoke : converse
    case 'openai':
      return face === 'openai responses' ? responses : chat
    case 'anthropic':
      return messages
    case 'google':
      return gemini
  }
}
