import { Link } from '@tanstack/react-router'
import type { UsageRecord } from '@pointsman/contract'
import { inputTokensOfRecord } from '@pointsman/sdk'
import type { ReactNode } from 'react'
import { instant } from '../../format/instants.ts'
import { count, span } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { routeAddress } from '../../parts/route-address.ts'
import { fill } from '../../text/fill.ts'
import { shared } from '../../text/shared.ts'
import { costOf, outcomeTones } from './request-table.tsx'
import { Residency } from './residency.tsx'
import { text } from './text.ts'

type Fact = readonly [name: string, value: ReactNode]

const given = (name: string, value: ReactNode): readonly Fact[] =>
  value === null || value === '' ? [] : [[name, value]]

const mono = (value: string): ReactNode => <span className="mono">{value}</span>

export const requestFacts = (record: UsageRecord): readonly Fact[] => [
  [text.when, instant(record.receivedAtMs)],
  [text.asked, mono(record.requested)],
  [text.served, record.modelId === null ? text.nobody : mono(record.modelId)],
  // Where nobody served, why the one was decided on that was to.
  [text.reason, record.reason ?? record.plan.reason ?? shared.unknown],
  [
    text.outcome,
    <span key="outcome">
      <Badge tone={outcomeTones[record.outcome]}>{record.outcome}</Badge>{' '}
      {record.status === null ? null : fill(text.status, { status: String(record.status) })}
    </span>,
  ],
  ...given(text.error, record.error?.message ?? null),
  ...whoFacts(record),
  ...whereFacts(record),
  ...costFacts(record),
  ...given(text.warnings, record.warnings.join('; ')),
]

const whoFacts = (record: UsageRecord): readonly Fact[] => [
  [
    text.route,
    record.route === null ? (
      text.noRoute
    ) : (
      <Link key="route" to={record.route === 'default' ? '/routes' : routeAddress(record.route)}>
        {record.route}
      </Link>
    ),
  ],
  ...given(text.user, record.userId),
  ...given(text.key, record.keyId ?? record.principal),
  ...given(
    text.conversation,
    record.conversationId === null ? null : (
      <Link to="/why" search={{ conversation: record.conversationId }}>
        {record.conversationId}
      </Link>
    ),
  ),
]

const whereFacts = (record: UsageRecord): readonly Fact[] => {
  const { attempts, face, needs, region, revision, stream, switchId } = record
  return [
    [text.face, stream ? fill(text.streaming, { face }) : face],
    [text.needs, needsWords(needs)],
    ...given(text.region, region),
    [text.residency, <Residency key="residency" record={record} />],
    [text.revision, count(revision.number)],
    ...given(text.switch, switchId === null ? null : <Link to={`/switches/${switchId}`}>{switchId}</Link>),
    ...given(text.upstreamId, attempts.at(-1)?.upstreamRequestId ?? null),
  ]
}

function needsWords(needs: UsageRecord['needs']): string {
  const named = Object.entries(needs).flatMap(([need, isNeeded]) => (isNeeded === true ? [need] : []))
  return named.join(', ') || text.noNeeds
}

const costFacts = (record: UsageRecord): readonly Fact[] => {
  const { durationMs, priceId, serviceTier = null, usage, usageEstimated } = record
  const input = inputTokensOfRecord(record)
  const tokens = fill(text.tokensWords, {
    input: input === null ? shared.unknown : count(input),
    output: usage.outputTokens === null ? shared.unknown : count(usage.outputTokens),
  })
  return [
    [text.duration, span(durationMs)],
    [text.tokens, usageEstimated ? `${tokens} (${text.estimated})` : tokens],
    ...given(text.serviceTier, serviceTier),
    [text.cost, costOf(record)],
    ...given(text.price, priceId === null ? null : mono(priceId)),
  ]
}
