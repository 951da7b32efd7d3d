import { useNavigate } from '@tanstack/react-router'
import { useState, type SubmitEvent } from 'react'
import { useBelow, useFilters } from '../../app/use-filters.ts'
import { Button } from '../../parts/button.tsx'
import { TextField } from '../../parts/field.tsx'
import { Card, PageFrame } from '../../parts/page.tsx'
import { ConversationPins } from './conversation-pins.tsx'
import { ExplainedRequest } from './explained-request.tsx'
import { path } from './path.ts'
import { RequestTable } from './request-table.tsx'
import { text } from './text.ts'
import '../../parts/switching/switching.css'
import './why.css'

export default function WhyPage() {
  const navigate = useNavigate()
  const requestId = useBelow()
  const [{ conversation }, setFilters] = useFilters({ conversation: '' })
  const open = (id: string): void =>
    void navigate({
      to: id === '' ? path : `${path}/${encodeURIComponent(id)}`,
      search: (kept: object) => kept,
    })
  return (
    <PageFrame
      title={text.title}
      hint={text.hint}
      actions={requestId === '' ? undefined : <Button onPress={() => open('')}>{text.back}</Button>}
    >
      <Card>
        <Questions
          key={`${requestId} ${conversation}`}
          requestId={requestId}
          conversation={conversation}
          onRequest={open}
          onConversation={(id) => {
            if (requestId === '') setFilters({ conversation: id })
            else void navigate({ to: path, search: { conversation: id } })
          }}
        />
      </Card>
      {requestId === '' ? (
        <>
          {conversation === '' ? null : <ConversationPins id={conversation} />}
          <RequestTable conversation={conversation} onOpen={open} />
        </>
      ) : (
        <ExplainedRequest id={requestId} />
      )}
    </PageFrame>
  )
}

function Questions({
  conversation,
  onConversation,
  onRequest,
  requestId,
}: {
  readonly requestId: string
  readonly conversation: string
  readonly onRequest: (id: string) => void
  readonly onConversation: (id: string) => void
}) {
  const [id, setId] = useState(requestId)
  const [of, setOf] = useState(conversation)
  const asked = (ask: () => void) => (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    ask()
  }
  return (
    <div className="why-questions">
      <form onSubmit={asked(() => onRequest(id.trim()))}>
        <TextField label={text.requestId} hint={text.requestHint} value={id} onChange={setId} />
        <Button type="submit" kind="primary">
          {text.explain}
        </Button>
      </form>
      <form onSubmit={asked(() => onConversation(of.trim()))}>
        <TextField label={text.conversation} value={of} onChange={setOf} />
        <Button type="submit">{text.requests}</Button>
      </form>
    </div>
  )
}
