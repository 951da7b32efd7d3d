import { bytesOf } from './body-bytes.ts'
import { PointsmanApiError, readErrorMember } from './api-error.ts'
import { chatTimeoutMs, type CallOptions, type Connection } from './connection.ts'
import { readServed, type Served } from './served.ts'
import { eventData } from './server-sent-events.ts'

export interface ChatMessage {
  readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool'
  /** Text, or OpenAI's content parts. */
  readonly content: string | readonly { readonly [name: string]: unknown }[]
}

export interface ChatOrder {
  /** A route, an alias or a model id: `use-case/clinical`, `default`. `default` unless set. */
  readonly model?: string | undefined
  readonly messages: readonly ChatMessage[]
  readonly useCase?: string | undefined
  readonly agent?: string | undefined
  readonly role?: string | undefined
  /** A conversation keeps the model that it began with. */
  readonly conversationId?: string | undefined
  readonly userId?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly maxTokens?: number | undefined
  readonly temperature?: number | undefined
  /** Any other field of OpenAI's chat completions, sent as it is. */
  readonly extra?: { readonly [name: string]: unknown } | undefined
}

export interface ChatTokens {
  /** All of the input, what came from a cache included. */
  readonly inputTokens: number | null
  readonly outputTokens: number | null
}

export interface ChatEnd {
  /** OpenAI's word: `stop`, `length`, `tool_calls`, `content_filter`; null where the server gave none. */
  readonly finishReason: string | null
  readonly usage: ChatTokens | null
}

export interface ChatAnswer extends ChatEnd {
  readonly text: string
  readonly served: Served
  /** The whole body, for what text does not hold: tool calls, refusals. */
  readonly body: unknown
}

/**
 * An answer in pieces. Iterate it once; an answer that breaks off or ends with an error throws PointsmanApiError
 * (`cut`, or the server's own code) after the pieces that came. Leaving the loop early cancels the request.
 */
export interface ChatStream extends AsyncIterable<string> {
  /** Who serves it: known before the first piece. */
  readonly served: Served
  /** How it ended; null until the last piece was read. */
  end(): ChatEnd | null
}

export interface Chat {
  /** One answer, whole. */
  chat(order: ChatOrder, options?: CallOptions): Promise<ChatAnswer>
  /** Resolves when the answer begins. The signal of the options ends it later, too. */
  chatStream(order: ChatOrder, options?: CallOptions): Promise<ChatStream>
}

const path = '/v1/chat/completions'

export const chatOf = (connection: Connection): Chat => ({
  async chat(order, options) {
    const { response, close } = await connection.open('POST', path, {
      ...options,
      defaultTimeoutMs: chatTimeoutMs,
      headers: headersOf(order),
      body: bodyOf(order),
    })
    try {
      const served = readServed(response.headers)
      const body = await readBody(response, options)
      return { ...wholeAnswer(body), served, body }
    } finally {
      close()
    }
  },
  async chatStream(order, options) {
    const { response, close } = await connection.open('POST', path, {
      ...options,
      defaultTimeoutMs: chatTimeoutMs,
      headers: headersOf(order),
      body: { ...bodyOf(order), stream: true, stream_options: { include_usage: true } },
    })
    return streamOf(response, close, options?.signal)
  },
})

function bodyOf(order: ChatOrder): { readonly [name: string]: unknown } {
  return {
    model: order.model ?? 'default',
    messages: order.messages,
    ...(order.maxTokens === undefined ? {} : { max_completion_tokens: order.maxTokens }),
    ...(order.temperature === undefined ? {} : { temperature: order.temperature }),
    ...order.extra,
  }
}

function headersOf(order: ChatOrder): { readonly [name: string]: string } {
  const given: readonly (readonly [string, string | undefined])[] = [
    ['use-case', order.useCase],
    ['agent', order.agent],
    ['role', order.role],
    ['conversation', order.conversationId],
    ['user', order.userId],
    ['tags', order.tags?.join(',')],
  ]
  return Object.fromEntries(
    given.flatMap(([name, value]) =>
      value === undefined ? [] : [[`x-pointsman-${name}`, headerText(value)]],
    ),
  )
}

/** UTF-8, each byte a character: `fetch` refuses a header with characters above U+00FF. The gateway reads it back. */
const headerText = (value: string): string =>
  Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join('')

interface Choice {
  readonly delta?: { readonly content?: string | null }
  readonly message?: { readonly content?: string | null }
  readonly finish_reason?: string | null
}
/** What we read of a completion or of one of its chunks. */
interface Completion {
  readonly choices?: readonly Choice[]
  readonly usage?: { readonly prompt_tokens?: number; readonly completion_tokens?: number } | null
}

const tokensOf = (usage: Completion['usage']): ChatTokens | null =>
  usage == null
    ? null
    : { inputTokens: usage.prompt_tokens ?? null, outputTokens: usage.completion_tokens ?? null }

async function readBody(response: Response, options: CallOptions | undefined): Promise<Completion> {
  let text: string
  try {
    text = await response.text()
  } catch (cause) {
    if (options?.signal?.aborted) throw options.signal.reason
    throw brokenOff(response, cause)
  }
  return parse(response, text)
}

function parse(response: Response, text: string): Completion {
  try {
    return JSON.parse(text) as Completion
  } catch (cause) {
    const message = 'The answer is not a chat completion. Is it a Pointsman server?'
    throw new PointsmanApiError(message, {
      ...{ statusCode: response.status, code: 'not_json', cause },
      requestId: response.headers.get('x-pointsman-request-id'),
    })
  }
}

function wholeAnswer(body: Completion): ChatEnd & { readonly text: string } {
  const choice = body.choices?.[0]
  return {
    text: choice?.message?.content ?? '',
    finishReason: choice?.finish_reason ?? null,
    usage: tokensOf(body.usage),
  }
}

function streamOf(response: Response, close: () => void, signal: AbortSignal | undefined): ChatStream {
  let end: ChatEnd | null = null
  return {
    served: readServed(response.headers),
    end: () => end,
    async *[Symbol.asyncIterator]() {
      let finishReason: string | null = null
      let usage: ChatTokens | null = null
      try {
        for await (const data of eventData(bodyOfAnswer(response))) {
          if (data === '[DONE]') {
            // The rest is read, too: leaving here would look to the server like a client that left.
            end = { finishReason, usage }
            continue
          }
          const chunk = readChunk(response, data)
          const choice = chunk.choices?.[0]
          finishReason = choice?.finish_reason ?? finishReason
          usage = tokensOf(chunk.usage) ?? usage
          if (choice?.delta?.content) yield choice.delta.content
        }
      } catch (thrown) {
        if (signal?.aborted) throw signal.reason
        throw thrown instanceof PointsmanApiError ? thrown : brokenOff(response, thrown)
      } finally {
        close()
      }
      if (end === null) throw brokenOff(response, undefined)
    },
  }
}

function bodyOfAnswer(response: Response): AsyncIterable<Uint8Array> {
  if (response.body === null) throw brokenOff(response, undefined)
  return bytesOf(response.body)
}

/** An error inside a stream has no status of its own any more; the answer's was 200. */
function readChunk(response: Response, data: string): Completion {
  const chunk = parse(response, data)
  const error = readErrorMember(chunk, {
    statusCode: response.status,
    requestId: response.headers.get('x-pointsman-request-id'),
  })
  if (error !== null) throw error
  return chunk
}

const brokenOff = (response: Response, cause: unknown): PointsmanApiError =>
  new PointsmanApiError('The answer broke off before its end: what came of it is not whole.', {
    ...{ statusCode: response.status, code: 'cut', cause },
    requestId: response.headers.get('x-pointsman-request-id'),
  })
