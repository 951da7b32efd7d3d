import type { AttemptRecord, UsageRecord } from '@pointsman/contract'
import { span } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** The calls on the time of the request: what is not covered is the gateway's own. */
export const AttemptTimes = ({ record }: { readonly record: UsageRecord }) => (
  <div className="why-attempts">
    {record.attempts.length === 0 ? <p className="soft">{text.noAttempts}</p> : null}
    <ol role="list" className="why-attempt-list">
      {record.attempts.map((attempt, index) => (
        <Attempt
          key={`${attempt.startedAtMs} ${attempt.modelId}`}
          attempt={attempt}
          number={index + 1}
          record={record}
        />
      ))}
    </ol>
    <p className="soft">
      {fill(text.whole, { whole: span(record.durationMs), ours: span(record.overheadUs / 1_000) })}
    </p>
  </div>
)

function Attempt({
  attempt,
  number,
  record,
}: {
  readonly attempt: AttemptRecord
  readonly number: number
  readonly record: UsageRecord
}) {
  const { endedAfterMs, error, modelId, provider, region, status } = attempt
  const whole = Math.max(record.durationMs, 1)
  const begin = Math.max(0, attempt.startedAtMs - record.receivedAtMs)
  const percent = (ms: number): number => Math.min(100, (ms / whole) * 100)
  return (
    <li>
      <p className="why-attempt-head">
        <strong>{fill(text.attempt, { number })}</strong>
        <span className="mono">{modelId}</span>
        <span className="soft">
          {provider} · {region}
        </span>
        <Badge tone={error === null ? 'good' : 'bad'}>
          {status === null ? text.attemptNone : fill(text.attemptOk, { status: String(status) })}
        </Badge>
        <span className="number">{span(endedAfterMs)}</span>
      </p>
      <svg className="why-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect className="why-bar-ground" width="100" height="4" />
        <rect
          className={error === null ? 'why-bar-good' : 'why-bar-bad'}
          x={percent(begin)}
          width={Math.max(percent(endedAfterMs), 0.6)}
          height="4"
        />
      </svg>
      <p className="soft small">{toldOf(attempt).join(' · ')}</p>
    </li>
  )
}

const toldOf = ({ drill, error, firstContentAfterMs, headersAfterMs }: AttemptRecord): readonly string[] => [
  ...(headersAfterMs === null ? [] : [fill(text.headers, { span: span(headersAfterMs) })]),
  ...(firstContentAfterMs === null ? [] : [fill(text.firstContent, { span: span(firstContentAfterMs) })]),
  ...(error === null ? [] : [`${error.message} (${error.vendorName ?? error.code})`]),
  // What a drill made fail says so itself.
  ...(drill === undefined || error !== null ? [] : [fill(text.drill, { kind: drill })]),
]
