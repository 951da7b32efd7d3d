import { inputTokensOfTotal } from '@pointsman/sdk'
import { count, share, shortCount, span, usd } from '../../format/numbers.ts'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'
import type { Traffic } from './use-traffic.ts'

interface Figure {
  readonly name: string
  readonly value: string
  readonly detail?: string
}

/** The range in figures. */
export const Figures = ({ traffic: { total } }: { readonly traffic: Traffic }) => (
  <>
    <dl className="figures">
      {figuresOf(total).map(({ detail, name, value }) => (
        <div key={name} className="figure">
          <dt>{name}</dt>
          <dd className="figure-value">{value}</dd>
          {detail === undefined ? null : <dd className="soft small">{detail}</dd>}
        </div>
      ))}
    </dl>
    {total === null || total.requests === 0 ? <p className="soft">{text.noTraffic}</p> : null}
  </>
)

function figuresOf(total: Traffic['total']): readonly Figure[] {
  if (total === null) {
    const names = [
      text.requests,
      text.errorRate,
      text.fallbackRate,
      text.cost,
      text.latency,
      text.firstContentInShort,
      text.overhead,
    ]
    return names.map((name) => ({ name, value: name === text.requests ? count(0) : '–' }))
  }
  const { errors, fallbacks, firstContent, latency, outputTokens, overhead, unpricedRequests } = total
  return [
    {
      name: text.requests,
      value: count(total.requests),
      detail: fill(text.tokensInOut, {
        input: shortCount(inputTokensOfTotal(total)),
        output: shortCount(outputTokens),
      }),
    },
    { name: text.errorRate, value: share(total.errorRate), detail: fill(text.failedOf, { count: errors }) },
    {
      name: text.fallbackRate,
      value: share(total.fallbackRate),
      detail: fill(text.fallbacksOf, { count: fallbacks }),
    },
    {
      name: text.cost,
      value: usd(total.costUsd),
      ...(unpricedRequests === 0 ? {} : { detail: fill(text.unpriced, { count: unpricedRequests }) }),
    },
    { name: text.latency, value: span(latency.p50Ms), detail: `${text.p99} ${span(latency.p99Ms)}` },
    {
      name: text.firstContentInShort,
      value: span(firstContent.p50Ms),
      detail: `${text.p99} ${span(firstContent.p99Ms)}`,
    },
    { name: text.overhead, value: span(overhead.p50Ms), detail: `${text.p99} ${span(overhead.p99Ms)}` },
  ]
}
