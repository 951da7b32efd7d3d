import { useState, type KeyboardEvent, type ReactNode } from 'react'
import { useFilters } from '../../app/use-filters.ts'
import { Button } from '../../parts/button.tsx'
import { TextField, Tick } from '../../parts/field.tsx'
import { PageFrame } from '../../parts/page.tsx'
import { useRefusal } from '../../session/session-context.tsx'
import { ChatPane } from './chat-pane.tsx'
import { text } from './text.ts'
import { useChat } from './use-chat.ts'
import './playground.css'

/** One message to one route or to two: the answers stand beside each other. */
export default function PlaygroundPage() {
  const [{ ask, other, compare }, setFilters] = useFilters({ ask: 'default', other: 'default', compare: '' })
  const refusal = useRefusal('invoke')
  const [message, setMessage] = useState('')
  const first = useChat(ask)
  const second = useChat(other)
  const isCompared = compare === 'true'
  const isBusy = first.isBusy || second.isBusy
  const whyNot = refusal ?? (message.trim() === '' ? text.typeFirst : null)
  const send = async (): Promise<void> => {
    if (whyNot !== null || isBusy) return
    setMessage('')
    const asked = isCompared ? [first, second] : [first]
    const answered = await Promise.all(asked.map((chat) => chat.send(message.trim())))
    // Where nothing came, as of a server that is away, it is not to be typed again.
    if (!answered.includes(true)) setMessage((typed) => typed || message)
  }
  return (
    <PageFrame
      title={text.title}
      hint={text.hint}
      actions={
        <Tick
          isSelected={isCompared}
          onChange={(compared) => setFilters({ compare: compared ? 'true' : '' })}
        >
          {text.compare}
        </Tick>
      }
    >
      <div className={`chats${isCompared ? ' compared' : ''}`}>
        <ChatPane
          {...{ chat: first, target: ask, label: text.answeredBy }}
          onTarget={(id) => setFilters({ ask: id })}
        />
        {isCompared ? (
          <ChatPane
            {...{ chat: second, target: other, label: text.other }}
            onTarget={(id) => setFilters({ other: id })}
          />
        ) : null}
      </div>
      <div className="chat-foot">
        <Composer message={message} onChange={setMessage} onSend={() => void send()}>
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
