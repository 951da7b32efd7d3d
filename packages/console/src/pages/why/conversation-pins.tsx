import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ConversationItem } from '@pointsman/sdk'
import { Card } from '../../parts/page.tsx'
import { Loaded } from '../../parts/states.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** Which models a conversation keeps, and since which switch. */
export function ConversationPins({ id }: { readonly id: string }) {
  const client = useClient()
  const query = useQuery({
    queryKey: ['conversations', id],
    queryFn: ({ signal }) => client.conversations.show(id, { signal }),
  })
  return (
    <Card title={text.pins}>
      <Loaded query={query} lines={2}>
        {({ pins }) =>
          pins.length === 0 ? (
            <p className="soft">{text.noPins}</p>
          ) : (
            <ul role="list" className="why-pins">
              {pins.map((pin) => (
                <Pin key={pin.useCase} pin={pin} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}

const Pin = ({ pin: { modelId, switchId, useCase } }: { readonly pin: ConversationItem['pins'][number] }) => (
  <li>
    <strong className="mono">{modelId}</strong>{' '}
    {useCase === '*' ? text.pinAll : fill(text.pinFor, { useCase })}
    {' · '}
    {switchId === null ? (
      <span className="soft">{text.pinBegan}</span>
    ) : (
      <Link to={`/switches/${switchId}`}>{fill(text.pinBySwitch, { id: switchId })}</Link>
    )}
  </li>
)
