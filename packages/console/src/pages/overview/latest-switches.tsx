import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ago, instant } from '../../format/instants.ts'
import { Empty, Loaded } from '../../parts/states.tsx'
import { Change } from '../../parts/switching/outcome-preview.tsx'
import { useClient } from '../../session/session-context.tsx'
import '../../parts/switching/switching.css'

export function LatestSwitches() {
  const client = useClient()
  const latest = useQuery({
    queryKey: ['switches', 'latest'],
    queryFn: ({ signal }) => client.switches.list({ limit: 6 }, { signal }),
  })
  return (
    <Loaded query={latest}>
      {({ data }) =>
        data.length === 0 ? (
          <Empty />
        ) : (
          <ul role="list" className="latest">
            {data.map((row) => (
              <li key={row.id}>
                <Link to={`/switches/${row.id}`} className="mono">
                  {row.scopeText}
                </Link>
                <Change from={row.from} to={row.to} />
                <span className="soft small" title={instant(row.recordedAt)}>
                  {ago(row.recordedAt)}
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  )
}
