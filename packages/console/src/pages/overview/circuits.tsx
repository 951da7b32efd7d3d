import { useQuery } from '@tanstack/react-query'
import { clockTime } from '../../format/instants.ts'
import { Badge } from '../../parts/badge.tsx'
import { Loaded } from '../../parts/states.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** Models that data planes leave alone after failures. */
export function Circuits() {
  const client = useClient()
  const providers = useQuery({
    queryKey: ['providers', 'circuits'],
    queryFn: ({ signal }) => client.providers.list({ limit: 1_000 }, { signal }),
  })
  return (
    <Loaded query={providers} lines={2}>
      {({ data }) => {
        const circuits = data.flatMap((provider) => provider.circuits)
        if (circuits.length === 0) return <p className="soft">{text.noCircuits}</p>
        return (
          <ul role="list" className="circuits">
            {circuits.map(({ cause, modelId, region, state, until }) => (
              <li key={`${modelId} ${region}`}>
                <Badge tone={state === 'open' ? 'bad' : 'warn'}>{state}</Badge>{' '}
                {fill(text.circuit, { model: modelId, region, time: clockTime(until) })}{' '}
                <span className="soft">{cause}</span>
              </li>
            ))}
          </ul>
        )
      }}
    </Loaded>
  )
}
