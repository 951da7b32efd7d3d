import type { ConversationId, ModelId, WorkspaceId } from '@pointsman/contract'
import type { KnownConversation } from '@pointsman/engine'
import type { PinChanges } from './conversation-pins.ts'
import { rememberNewest } from './remember-newest.ts'

/** What a conversation's last message on this replica asked for and got. */
export interface LastModel {
  /** The name under which the route pins conversations. */
  readonly useCase: string
  readonly modelId: ModelId
  /** The switch that set it, where one did. */
  readonly switchId: string | null
  readonly askedAtMs: number
}

/**
 * The last use case and model of each conversation that this replica served: so that one whose claim the store has not
 * taken in yet keeps its model, and one which comes back to an earlier use case can be told that its model changes.
 * Bounded: one that fell out is asked of the store only, and not told (its answer's `model` says it).
 */
export interface LastModels {
  last(workspace: WorkspaceId, conversation: ConversationId): LastModel | null
  served(workspace: WorkspaceId, conversation: ConversationId, model: LastModel): void
}

export function createLastModels(
  maxConversations: number,
  changes?: Pick<PinChanges, 'subscribe'>,
): LastModels {
  const known = new Map<string, LastModel>()
  const keyOf = (workspace: string, conversation: string) => `${workspace}/${conversation}`
  // Whether a move or a message is the later one the clocks of a database and a replica cannot say. One that is told without
  // names is compared by them still: all that the store has not taken in yet would be lost.
  changes?.subscribe(async (moved) => {
    for (const pin of moved ?? []) {
      if ('conversationId' in pin) known.delete(keyOf(pin.workspace, pin.conversationId))
    }
  })
  return {
    last: (workspace, conversation) => known.get(keyOf(workspace, conversation)) ?? null,
    served(workspace, conversation, model) {
      rememberNewest(known, [keyOf(workspace, conversation), model], maxConversations)
    },
  }
}

/**
 * What a conversation did last: the store learns of most messages through the journal, so that what this replica served
 * since is nearer. Messages to agents move no conversation (their names alone hold a `/`).
 */
export function latestOf(
  known: KnownConversation | null,
  last: LastModel | null,
): Pick<KnownConversation, 'modelId' | 'useCase'> | null {
  if (last === null || (known !== null && known.updatedAtMs >= last.askedAtMs)) return known
  return last.useCase.includes('/') ? known : last
}
