import type { ConversationId, WorkspaceId } from '@pointsman/contract'
import { rememberNewest } from './remember-newest.ts'

/**
 * Which switch each conversation was last told of, so that `x-pointsman-switch` stands on the first answer after a
 * switch. Bounded: a conversation that fell out is told again, and so is one after a restart (told at least once).
 */
export interface AnnouncedSwitches {
  /** The switch to tell with the next answer, or null when this conversation knows it. */
  due(told: ToldSwitch): string | null
  /** It stands in the head of an answer. */
  told(told: ToldSwitch): void
}

export interface ToldSwitch {
  readonly workspace: WorkspaceId
  readonly conversation: ConversationId | null
  readonly switchId: string | null
}

export function createAnnouncedSwitches(maxConversations: number): AnnouncedSwitches {
  const known = new Map<string, string>()
  return {
    due({ conversation, switchId, workspace }) {
      if (conversation === null || switchId === null) return null
      return known.get(`${workspace}/${conversation}`) === switchId ? null : switchId
    },
    told({ conversation, switchId, workspace }) {
      if (conversation === null || switchId === null) return
      rememberNewest(known, [`${workspace}/${conversation}`, switchId], maxConversations)
    },
  }
}
