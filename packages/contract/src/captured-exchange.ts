import type { ConversationId, ModelId, RequestId, UserId, WorkspaceId } from './ids.ts'

/**
 * What was asked and answered, as text: exists only for requests of a route that has capture on, and stands beside the
 * usage record, never in it. Images and documents are named by kind and size.
 */
export interface CapturedExchange {
  readonly requestId: RequestId
  readonly workspace: WorkspaceId
  readonly conversationId: ConversationId | null
  readonly userId: UserId | null
  readonly useCase: string | null
  /** The model that served; null when none did. */
  readonly modelId: ModelId | null
  /** When the request came. */
  readonly createdAtMs: number
  /** Null = the request could not be read as messages. */
  readonly prompt: string | null
  /** As far as it came; null = none came, or one without words (vectors). */
  readonly answer: string | null
  /** One of the two was longer than what is kept of it, or could not be read to its end. */
  readonly truncated: boolean
}
