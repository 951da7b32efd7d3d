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
  const send = (): void => {
    if (whyNot !== null || isBusy) return
    void first.send(message.trim())
    if (isCompared) void second.send(message.trim())
    setMessage('')
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
        <Composer message={message} onChange={setMessage} onSend={send}>
          {isBusy ? (
            <Button onPress={() => [first, second].forEach(({ stop }) => stop())}>{text.stop}</Button>
          ) : (
            <Button kind="primary" refusedBecause={whyNot} onPress={send}>
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
