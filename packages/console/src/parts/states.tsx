import type { UseQueryResult } from '@tanstack/react-query'
import { PointsmanApiError } from '@pointsman/sdk'
import type { ReactNode } from 'react'
import { isAway } from '../live/server-state.ts'
import { shared } from '../text/shared.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import './states.css'

/** What stands where there is nothing: why, and what to do about it. */
export const Empty = ({
  action,
  children,
  title = shared.nothing,
}: {
  readonly title?: string
  readonly children?: ReactNode
  readonly action?: ReactNode
}) => (
  <div className="empty">
    <p className="empty-title">{title}</p>
    {children === undefined ? null : <div className="soft">{children}</div>}
    {action}
  </div>
)

/** Grey lines in the place of what is being read; told to screen readers once. */
export const Loading = ({ lines = 4 }: { readonly lines?: number }) => (
  <div className="loading" role="status">
    <span className="hidden-text">{shared.loading}</span>
    {Array.from({ length: lines }, (_, line) => (
      <span key={line} className="loading-line" />
    ))}
  </div>
)

/** What the server said, in its own words: they name the next step. */
export function Problem({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error)
  const suggestions = error instanceof PointsmanApiError ? error.suggestions : []
  return (
    <div className="problem" role="alert">
      <Icon name="error" />
      <div>
        <p>{message}</p>
        {suggestions.length === 0 ? null : <p className="soft">{suggestions.join(' · ')}</p>}
      </div>
      {retry === undefined ? null : (
        <Button size="small" onPress={retry}>
          {shared.retry}
        </Button>
      )}
    </div>
  )
}

/**
 * What a query read, or why there is nothing yet. While the server is away, what was read before stays: the banner above tells.
 */
export function Loaded<Data>({
  children,
  lines,
  query,
}: {
  readonly query: UseQueryResult<Data>
  readonly children: (data: Data) => ReactNode
  readonly lines?: number
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>
  if (query.error !== null && !isAway(query.error))
    return <Problem error={query.error} retry={() => void query.refetch()} />
  return <Loading {...(lines === undefined ? {} : { lines })} />
}
