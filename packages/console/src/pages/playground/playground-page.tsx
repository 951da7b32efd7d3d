import { useEffect, useEffectEvent, type KeyboardEvent, type ReactNode } from 'react'
import { useFilters } from '../../app/use-filters.ts'
import { useHeld } from '../../live/held.ts'
import { Button } from '../../parts/button.tsx'
import { TextField, Tick } from '../../parts/field.tsx'
import { PageFrame } from '../../parts/page.tsx'
import { useRefusal } from '../../session/session-context.tsx'
import { ChatPane } from './chat-pane.tsx'
import { nobodyNamed, useTalk, type Named, type Talk } from './talk.tsx'
import { text } from './text.ts'
import './playground.css'

/** One message to one route or to two: the answers stand beside each other. */
export default function PlaygroundPage() {
  const talk = useTalk()
  const { first, second, typed } = talk
  const [{ ask, compare, other }, name] = useNamed(talk)
  const { message } = useHeld(typed)
  const refusal = useRefusal('invoke')
  const isCompared = compare === 'true'
  const busy = [useHeld(first).isBusy, useHeld(second).isBusy]
  const isBusy = busy.includes(true)
  const whyNot = refusal ?? (message.trim() === '' ? text.typeFirst : null)
  const send = async (): Promise<void> => {
    if (whyNot !== null || isBusy) return
    typed.set({ message: '' })
    const question = message.trim()
    const answered = await Promise.all([
      first.send(ask, question),
      ...(isCompared ? [second.send(other, question)] : []),
    ])
    // Where nothing came, as of a server that is away, it is not to be typed again.
    if (!answered.includes(true)) typed.set({ message: typed.now().message || message })
  }
  return (
    <PageFrame
      title={text.title}
      hint={text.hint}
      actions={
        <Tick isSelected={isCompared} onChange={(compared) => name({ compare: compared ? 'true' : '' })}>
          {text.compare}
        </Tick>
      }
    >
      <div className={`chats${isCompared ? ' compared' : ''}`}>
        <ChatPane
          {...{ chat: first, target: ask, label: text.answeredBy }}
          onTarget={(id) => name({ ask: id })}
        />
        {isCompared ? (
          <ChatPane
            {...{ chat: second, target: other, label: text.other }}
            onTarget={(id) => name({ other: id })}
          />
        ) : null}
      </div>
      <div className="chat-foot">
        <Composer
          message={message}
          onChange={(changed) => typed.set({ message: changed })}
          onSend={() => void send()}
        >
          {isBusy ? (
            <Button onPress={() => [first, second].forEach(({ stop }) => stop())}>{text.stop}</Button>
          ) : (
            <Button kind="primary" refusedBecause={whyNot} onPress={() => void send()}>
              {text.send}
            </Button>
          )}
        </Composer>
      </div>
    </PageFrame>
  )
}

/** Whom the address names; come back to without one, those whom the conversation was with. */
function useNamed({ typed }: Talk): readonly [Named, (changed: Partial<Named>) => void] {
  const [named, setFilters] = useFilters({ ...nobodyNamed })
  const name = (changed: Partial<Named>): void => {
    typed.set({ named: { ...named, ...changed } })
    setFilters(changed)
  }
  const arrive = useEffectEvent(() => {
    // A link that names somebody means them.
    if (JSON.stringify(named) === JSON.stringify(nobodyNamed)) setFilters(typed.now().named)
    else typed.set({ named })
  })
  useEffect(() => arrive(), [])
  return [named, name]
}

const Composer = ({
  children,
  message,
  onChange,
  onSend,
}: {
  readonly message: string
  readonly onChange: (message: string) => void
  readonly onSend: () => void
  readonly children: ReactNode
}) => (
  <div
    className="chat-composer"
    onKeyDown={(event: KeyboardEvent) => {
      // While an input method composes a word, Enter chooses it.
      if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
      if (!(event.target instanceof HTMLTextAreaElement)) return
      event.preventDefault()
      onSend()
    }}
  >
    <TextField label={text.message} hint={text.messageHint} isMultiline value={message} onChange={onChange} />
    {children}
  </div>
)
