import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { AlarmItem } from '@pointsman/sdk'
import { ago, instant } from '../../format/instants.ts'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { useKeptFocus } from '../../parts/keep-focus.ts'
import { tellFailure } from '../../parts/toast.tsx'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

const mostAlarms = 20

/** What somebody should look at now; nothing where nothing is wrong. */
export function Alarms() {
  const client = useClient()
  const queries = useQueryClient()
  const { data } = useQuery({
    queryKey: ['alarms', 'standing'],
    queryFn: ({ signal }) => client.alarms.list({ limit: mostAlarms }, { signal }),
  })
  const clear = useMutation({
    mutationFn: (id: string) => client.alarms.clear(id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['alarms'] }),
    onError: (error) => tellFailure(error),
  })
  if (data === undefined || data.data.length === 0) return null
  return (
    <ul role="list" className="alarms" aria-label={text.alarms}>
      {data.data.map((alarm) => (
        <AlarmRow key={alarm.id} alarm={alarm} onClear={() => clear.mutate(alarm.id)} />
      ))}
      {data.nextCursor === null ? null : (
        <li className="soft small">{fill(text.moreAlarms, { count: mostAlarms })}</li>
      )}
    </ul>
  )
}

function AlarmRow({ alarm, onClear }: { readonly alarm: AlarmItem; readonly onClear: () => void }) {
  const refusal = useRefusal('switch')
  useKeptFocus()
  return (
    <li className="alarm">
      <Icon name="warning" />
      <div>
        <strong>{alarm.subject}</strong> <span className="soft">{alarm.kind}</span>
        <p>{alarm.message}</p>
      </div>
      <span className="soft small" title={instant(alarm.since)}>
        {ago(alarm.since)}
      </span>
      <Button size="small" refusedBecause={refusal} onPress={onClear}>
        {text.clearAlarm}
      </Button>
    </li>
  )
}
