import type { ConversationId, WorkspaceId } from '@pointsman/contract'
import { rememberNewest } from './remember-newest.ts'

/**
 * Which switch each conversation was last told of, so that `x-pointsman-switch` stands on the first answer after a
 * switch. Bounded: a conversation that fell out is told again, and so is one after a restart (told at least once).
 */
export interface AnnouncedSwitches {
  /** The switch to tell now, or null when this conversation knows it. */
  announce(
    workspace: WorkspaceId,
    conversation: ConversationId | null,
    switchId: string | null,
  ): string | null
}

export function createAnnouncedSwitches(maxConversations: number): AnnouncedSwitches {
  const known = new Map<string, string>()
  return {
    announce(workspace, conversation, switchId) {
      if (conversation === null || switchId === null) return null
      const key = `${workspace}/${conversation}`
      if (known.get(key) === switchId) return null
      rememberNewest(known, [key, switchId], maxConversations)
      return switchId
    },
  }
}
