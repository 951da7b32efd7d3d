import { useQuery } from '@tanstack/react-query'
import type { UsageRecord } from '@pointsman/contract'
import { PointsmanApiError } from '@pointsman/sdk'
import { NameList } from '../../parts/name-list.tsx'
import { Loading, Problem } from '../../parts/states.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/**
 * In which regions the request might be answered. Records keep no rules: where the route has not changed since, its rule now is
 * the one that held; where it has, that is said.
 */
export function Residency({ record }: { readonly record: UsageRecord }) {
  const client = useClient()
  const route = ruledBy(record)
  const [kind, name] = route.split(/\/(.*)/s)
  const query = useQuery({
    queryKey: ['routes', 'one', route],
    queryFn: ({ signal }) =>
      (kind === 'agent' ? client.agents : client.useCases).show(name ?? '', { signal }),
    enabled: name !== undefined,
  })
  // The default route has no rules that anybody could set.
  if (name === undefined) return fill(text.noResidency, { route })
  if (query.error instanceof PointsmanApiError && query.error.statusCode === 404)
    return fill(text.routeGone, { route })
  if (query.error !== null) return <Problem error={query.error} />
  if (query.data === undefined) return <Loading lines={1} />
  const { residency, revision } = query.data
  return (
    <>
      {residency === null ? fill(text.noResidency, { route }) : <NameList names={residency} />}
      {revision <= record.revision.number ? null : (
        <span className="soft small"> ({fill(text.residencyBefore, { route, revision })})</span>
      )}
    </>
  )
}

/** Of a model that is named outright, the rules of the route of the caller's headers hold. */
const ruledBy = ({ agent, route, useCase }: UsageRecord): string =>
  route ?? (agent === null ? (useCase === null ? 'default' : `use-case/${useCase}`) : `agent/${agent}`)
