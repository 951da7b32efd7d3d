import type { ChatEnd, ChatMessage, Client, Served } from '@pointsman/sdk'
import { showModelSwitchNotification } from '@pointsman/notify'
import { useEffect, useRef, useState } from 'react'
import { isAway, serverState } from '../../live/server-state.ts'
import { useIsSeen } from '../../live/use-is-seen.ts'
import { tellFailure } from '../../parts/toast.tsx'
import { useClient } from '../../session/session-context.tsx'
import { modelClient } from '../../session/session.ts'
import { text } from './text.ts'

/** One question with what came of it so far. */
export interface Turn {
  readonly question: string
  readonly answer: string
  readonly served: Served | null
  readonly end: ChatEnd | null
  readonly firstAfterMs: number | null
  readonly wholeMs: number | null
  readonly error: unknown
  readonly isStopped: boolean
}

export interface ChatHeld {
  readonly conversationId: string
  readonly turns: readonly Turn[]
  readonly isBusy: boolean
  /** Whether anything of an answer came. */
  readonly send: (question: string) => Promise<boolean>
  readonly stop: () => void
  readonly beginAnew: () => void
}

const begun = (question: string): Turn => ({
  ...{ question, answer: '', served: null, end: null, firstAfterMs: null, wholeMs: null },
  ...{ error: null, isStopped: false },
})

const newConversation = (): string => `playground-${crypto.randomUUID()}`

/** A conversation with one route or model, streamed; its notices show as an app's users see them. */
export function useChat(target: string): ChatHeld {
  const [conversationId, setConversationId] = useState(newConversation)
  const [turns, setTurns] = useState<readonly Turn[]>([])
  const [isBusy, setBusy] = useState(false)
  const abort = useRef<AbortController | null>(null)
  const isSeen = useIsSeen()
  // Each stream takes one of the six connections that a browser opens to a server: a tab out of sight leaves it to others.
  useNotices(conversationId, isSeen && turns.length > 0)
  useEffect(() => () => abort.current?.abort(), [])
  const change = (changed: (turn: Turn) => Partial<Turn>): void =>
    setTurns((before) =>
      before.map((turn, index) => (index === before.length - 1 ? { ...turn, ...changed(turn) } : turn)),
    )
  const send = async (question: string): Promise<boolean> => {
    let isAnswered = false
    const asking = new AbortController()
    abort.current = asking
    setBusy(true)
    setTurns((before) => [...before, begun(question)])
    const startedMs = performance.now()
    try {
      const client = await modelClient()
      const order = { model: target, conversationId, messages: [...messagesOf(turns), asked(question)] }
      const stream = await client.chatStream(order, { signal: asking.signal })
      change(() => ({ served: stream.served }))
      for await (const piece of stream) {
        isAnswered = true
        const afterMs = performance.now() - startedMs
        change(({ answer, firstAfterMs }) => ({
          answer: answer + piece,
          firstAfterMs: firstAfterMs ?? afterMs,
        }))
      }
      change(() => ({ end: stream.end() }))
      return true
    } catch (error) {
      change(() => (asking.signal.aborted ? { isStopped: true } : { error }))
      return isAnswered
    } finally {
      const wholeMs = performance.now() - startedMs
      change(() => ({ wholeMs }))
      setBusy(false)
    }
  }
  return {
    ...{ conversationId, turns, isBusy, send },
    stop: () => abort.current?.abort(),
    beginAnew: () => {
      abort.current?.abort()
      setTurns([])
      setConversationId(newConversation())
    },
  }
}

const asked = (content: string): ChatMessage => ({ role: 'user', content })

/** What was said before; a question whose answer failed is not repeated. */
const messagesOf = (turns: readonly Turn[]): readonly ChatMessage[] =>
  turns
    .filter(({ answer }) => answer !== '')
    .flatMap(({ answer, question }): ChatMessage[] => [
      asked(question),
      { role: 'assistant', content: answer },
    ])

/** From the first question on: before it there is no conversation that anything could be told of. */
function useNotices(conversationId: string, isOn: boolean): void {
  const client = useClient()
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
