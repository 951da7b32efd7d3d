import type { Client } from '@pointsman/sdk'
import { showModelSwitchNotification } from '@pointsman/notify'
import { useEffect } from 'react'
import { isAway, serverState } from '../../live/server-state.ts'
import { useIsSeen } from '../../live/use-is-seen.ts'
import { tellFailure } from '../../parts/toast.tsx'
import { useClient } from '../../session/session-context.tsx'
import type { ChatState } from './chat.ts'
import { text } from './text.ts'

/** Shows a conversation's notices as an app's users see them. */
export function useNotices({ conversationId, turns }: ChatState): void {
  const client = useClient()
  // Each stream takes one of the six connections that a browser opens to a server: a tab out of sight leaves it to others.
  const isSeen = useIsSeen()
  // Before the first question there is no conversation that anything could be told of.
  const isOn = isSeen && turns.length > 0
  useEffect(() => {
    if (!isOn) return
    const following = new AbortController()
    followNotices(client, conversationId, following.signal).catch((thrown: unknown) => {
      if (!following.signal.aborted) tellFailure(thrown, text.noNotices)
    })
    return () => following.abort()
  }, [client, conversationId, isOn])
}

/** A stream that was open is made anew by itself; one that never was is begun again once the server is there. */
async function followNotices(client: Client, conversationId: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      const notices = client.notifications.follow({ conversationId }, { signal })
      for await (const { id, message, modelId, modelName, provider, title, type } of notices)
        showModelSwitchNotification({ id, message, modelId, modelName, provider, title, type })
    } catch (thrown) {
      if (signal.aborted || !isAway(thrown)) throw thrown
      serverState.failed(thrown)
      await serverState.whenThere()
    }
  }
}
