import { Link } from '@tanstack/react-router'
import type { ChatTokens } from '@pointsman/sdk'
import { useEffect, useRef, type ReactNode } from 'react'
import { count, span } from '../../format/numbers.ts'
import { useHeld } from '../../live/held.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { findModels, findRoutes } from '../../parts/find-targets.ts'
import { FoundField, type FoundFieldProps } from '../../parts/found-field.tsx'
import { Card } from '../../parts/page.tsx'
import { Problem } from '../../parts/states.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { shared } from '../../text/shared.ts'
import { text } from './text.ts'
import type { Chat, ChatState, Turn } from './chat.ts'
import { useNotices } from './use-notices.ts'

export interface ChatPaneProps {
  readonly chat: Chat
  readonly label: string
  readonly target: string
  readonly onTarget: (id: string) => void
}

/** One conversation: whom it asks, what was said, and who answered each time. */
export function ChatPane({ chat, label, onTarget, target }: ChatPaneProps) {
  const said = useHeld(chat)
  useNotices(said)
  return (
    <Card>
      <div className="chat-head">
        <FoundField
          label={label}
          value={target}
          onChange={onTarget}
          first={{ id: 'default', label: text.theDefault }}
          queryKey={['routes', 'targets']}
          find={useFindTargets()}
        />
        <Button onPress={chat.beginAnew}>{text.anew}</Button>
      </div>
      <p className="soft small mono chat-conversation">
        {fill(text.conversation, { id: said.conversationId })}
      </p>
      <Turns label={label} turns={said.turns}>
        {said.turns.length === 0 ? <p className="soft">{text.empty}</p> : null}
        {said.turns.map((turn, index) => (
          // Turns are only ever added at the end.
          <TurnSeen key={index} turn={turn} />
        ))}
      </Turns>
    </Card>
  )
}

/** So near to its end somebody reads what comes in. */
const nearPx = 60

/** Keeps what comes in in sight, unless somebody has scrolled up to read what was said before. */
function Turns({
  children,
  label,
  turns,
}: {
  readonly label: string
  readonly turns: ChatState['turns']
  readonly children: ReactNode
}) {
  const frame = useRef<HTMLDivElement>(null)
  const follows = useRef(true)
  useEffect(() => {
    if (follows.current) frame.current?.scrollTo({ top: frame.current.scrollHeight })
  }, [turns])
  // Whoever asks wants to see the answer.
  useEffect(() => {
    follows.current = true
    frame.current?.scrollTo({ top: frame.current.scrollHeight })
  }, [turns.length])
  return (
    <div
      className="chat-turns"
      role="log"
      aria-label={label}
      tabIndex={0}
      ref={frame}
      onScroll={({ currentTarget: { clientHeight, scrollHeight, scrollTop } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < nearPx
      }}
    >
      {children}
    </div>
  )
}

/** What can be asked: routes first, then enabled models. */
function useFindTargets(): FoundFieldProps['find'] {
  const client = useClient()
  return async (typed, signal) => {
    const found = await Promise.all([
      findRoutes(client)(typed, signal),
      findModels(client, { includeDisabled: false })(typed, signal),
    ])
    return found.flat()
  }
}

const TurnSeen = ({ turn }: { readonly turn: Turn }) => (
  <article className="chat-turn">
    <p className="chat-question">
      <span className="hidden-text">{text.you}: </span>
      {turn.question}
    </p>
    {turn.served === null ? null : <WhoServed turn={turn} served={turn.served} />}
    {turn.answer === '' && turn.wholeMs === null ? <p className="soft">{text.waiting}</p> : null}
    <p className="chat-answer">{turn.answer}</p>
    {turn.isStopped ? <p className="warn-text">{text.stopped}</p> : null}
    {turn.error === null ? null : <Problem error={turn.error} />}
  </article>
)

const WhoServed = ({
  served,
  turn,
}: {
  readonly turn: Turn
  readonly served: NonNullable<Turn['served']>
}) => (
  <div className="chat-served small">
    <strong className="mono">{served.model ?? shared.unknown}</strong>
    <Badge tone={served.reason === 'fallback' ? 'warn' : 'accent'}>{served.reason ?? shared.unknown}</Badge>
    {served.sandbox ? <Badge>{text.sandbox}</Badge> : null}
    {turn.wholeMs === null ? null : (
      <span className="soft">
        {fill(text.details, {
          provider: served.provider ?? shared.unknown,
          region: served.region ?? shared.unknown,
          first: span(turn.firstAfterMs),
          whole: span(turn.wholeMs),
          tokens: tokenWords(turn.end?.usage ?? null),
        })}
      </span>
    )}
    {served.requestId === null || turn.wholeMs === null ? null : (
      <Link to={`/why/${served.requestId}`}>{text.why}</Link>
    )}
    {served.warnings.map((warning) => (
      <span key={warning} className="warn-text">
        {warning}
      </span>
    ))}
  </div>
)

function tokenWords(usage: ChatTokens | null): string {
  if (usage?.inputTokens == null || usage.outputTokens == null) return text.tokensUnknown
  return fill(text.tokens, { input: count(usage.inputTokens), output: count(usage.outputTokens) })
}
