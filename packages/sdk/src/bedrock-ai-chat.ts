import { bytesOf } from './body-bytes.ts'
import type { Notification, Reason } from '@pointsman/contract'
import { PointsmanApiError, readErrorMember } from './api-error.ts'
import type { ChatMessage } from './chat.ts'
import { chatTimeoutMs, type CallOptions, type Connection } from './connection.ts'
import { eventData } from './server-sent-events.ts'

/** One message of a conversation. `message` alone, or `messages` with all that was said and the new one last. */
export interface BedrockAiChatOrder {
  /** Left out: a conversation begins, and the answer names it. */
  readonly conversationId?: string | undefined
  /** Whose message it is; a signed-in user's own id wins over it. */
  readonly userId?: string | undefined
  readonly message?: string | undefined
  readonly messages?: readonly ChatMessage[] | undefined
  /** Left out with role and assistant type: the conversation's own, else the default. */
  readonly useCase?: string | undefined
  readonly assistantType?: string | undefined
  readonly role?: string | undefined
  readonly agent?: string | undefined
  readonly systemPrompt?: string | undefined
  readonly maxTokens?: number | undefined
  readonly temperature?: number | undefined
  readonly showNotification?: boolean | undefined
}

export interface BedrockAiChatData {
  readonly conversationId: string
  readonly message: string
  /** The model that served. */
  readonly model: string
  readonly modelName: string
  readonly reason: Reason
  readonly useCase: string | null
  readonly use_case: string | null
  readonly finishReason: string | null
  /** Null = the vendor did not say. */
  readonly usage: {
    readonly inputTokens: number | null
    readonly outputTokens: number | null
    readonly totalTokens: number | null
  }
  /** US dollars; null = not known. */
  readonly cost: number | null
  readonly responseTimeMs: number
  readonly requestId: string
  /** This message moved the conversation to another model. */
  readonly switched: boolean
  readonly switchId: string | null
  /** For the people in the conversation. */
  readonly notification?: Notification
}

export interface BedrockAiChatAnswer {
  readonly success: true
  readonly action: 'chat'
  readonly data: BedrockAiChatData
  readonly notification?: Notification
}

/** What a streamed answer tells, in this order: one `start`, the text in pieces, and everything. */
export type BedrockAiChatEvent =
  | ({ readonly type: 'start' } & Pick<
      BedrockAiChatData,
      'conversationId' | 'model' | 'modelName' | 'reason' | 'switched' | 'notification'
    >)
  | { readonly type: 'delta'; readonly text: string }
  | ({ readonly type: 'done' } & BedrockAiChatAnswer)

/** The seeds' chat, `/functions/v1/bedrock-ai-chat`. */
export interface BedrockAiChat {
  bedrockAiChat(order: BedrockAiChatOrder, options?: CallOptions): Promise<BedrockAiChatAnswer>
  /**
   * The same in pieces. An answer that breaks off throws PointsmanApiError (`cut`, or the server's own code) after what
   * came of it. Leaving the loop early cancels the request.
   */
  bedrockAiChatStream(order: BedrockAiChatOrder, options?: CallOptions): AsyncIterable<BedrockAiChatEvent>
}

const path = '/functions/v1/bedrock-ai-chat'

export const bedrockAiChatOf = (connection: Connection): BedrockAiChat => ({
  bedrockAiChat: (order, options) =>
    connection.json('POST', path, { ...options, defaultTimeoutMs: chatTimeoutMs, body: order }),
  async *bedrockAiChatStream(order, options) {
    const { response, close } = await connection.open('POST', path, {
      ...options,
      defaultTimeoutMs: chatTimeoutMs,
      body: { ...order, stream: true },
    })
    const cut = { statusCode: response.status, requestId: response.headers.get('x-pointsman-request-id') }
    let whole = false
    try {
      for await (const data of eventData(bytesOf(response.body))) {
        const event = readEvent(data, cut)
        whole = event.type === 'done'
        yield event
      }
    } catch (thrown) {
      if (options?.signal?.aborted) throw options.signal.reason
      throw thrown instanceof PointsmanApiError ? thrown : brokenOff(cut, thrown)
    } finally {
      close()
    }
    if (!whole) throw brokenOff(cut, undefined)
  },
})

interface Answered {
  readonly statusCode: number
  readonly requestId: string | null
}

function readEvent(data: string, answered: Answered): BedrockAiChatEvent {
  const event = JSON.parse(data) as BedrockAiChatEvent
  const error = readErrorMember(event, answered)
  if (error !== null) throw error
  return event
}

const brokenOff = (answered: Answered, cause: unknown): PointsmanApiError =>
  new PointsmanApiError('The answer broke off before its end: what came of it is not whole.', {
    ...{ ...answered, code: 'cut', cause },
  })
