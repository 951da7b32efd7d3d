import { useQuery } from '@tanstack/react-query'
import { Button } from '../../parts/button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { Problem } from '../../parts/states.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** Recomputes the chain when it is asked to: it reads every record, so it is no page's business to do by itself. */
export function VerifyChain() {
  const client = useClient()
  const verification = useQuery({
    queryKey: ['switch-chain'],
    queryFn: ({ signal }) => client.switches.verify({ signal }),
    enabled: false,
    staleTime: Infinity,
  })
  const { data, error, isFetching, refetch } = verification
  return (
    <div className="chain" role="status">
      <Button size="small" icon="link" isPending={isFetching} onPress={() => void refetch()}>
        {text.verify}
      </Button>
      {error !== null ? <Problem error={error} /> : null}
      {data === undefined || error !== null ? null : data.valid ? (
        <span className="good-text chain-told">
          <Icon name="check" size={16} />
          {fill(text.verified, { count: data.count, head: data.head.slice(0, 12) })}
        </span>
      ) : (
        <span className="bad-text">
          {fill(text.broken, {
            sequence: data.firstBad?.sequence ?? 0,
            problem: data.firstBad?.problem ?? '',
          })}
        </span>
      )}
    </div>
  )
}
