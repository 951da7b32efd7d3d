import { useNavigate } from '@tanstack/react-router'
import { inputTokensOfTotal, type UsageTotal } from '@pointsman/sdk'
import { useMemo } from 'react'
import { shortCount, span, usd } from '../../format/numbers.ts'
import { Card } from '../../parts/page.tsx'
import { TimePlot, type Series } from '../../plots/time-plot.tsx'
import { useSwitchMarks } from '../../plots/use-switch-marks.ts'
import { text } from './text.ts'
import type { Traffic } from './use-traffic.ts'

interface Plot {
  readonly title: string
  readonly kind: 'line' | 'area'
  readonly format: (value: number) => string
  readonly series: readonly Series[]
}

/** Plots over one time, each with every switch of it. */
export function TrafficPlots({ traffic }: { readonly traffic: Traffic }) {
  const { from, instants, points, to } = traffic
  const marks = useSwitchMarks({ from, to })
  const navigate = useNavigate()
  const plots = useMemo(() => plotsOf(points), [points])
  return (
    <div className="overview-plots">
      {plots.map(({ format, kind, series, title }) => (
        <Card key={title} title={title}>
          <TimePlot
            label={title}
            {...{ from, to, instants, series, format, kind, marks }}
            onMark={({ id }) => void navigate({ to: `/switches/${id}` })}
          />
        </Card>
      ))}
    </div>
  )
}

function plotsOf(points: Traffic['points']): readonly Plot[] {
  const sum = (label: string, value: (total: UsageTotal) => number, color: string): Series => ({
    ...{ label, color },
    values: points.map((point) => (point === null ? 0 : value(point))),
  })
  const quantiles = (of: 'latency' | 'firstContent' | 'overhead'): readonly Series[] =>
    (['p50Ms', 'p90Ms', 'p99Ms'] as const).map((name, index) => ({
      label: [text.p50, text.p90, text.p99][index] ?? name,
      values: points.map((point) => point?.[of][name] ?? null),
    }))
  return [
    {
      ...{ title: text.traffic, kind: 'area', format: shortCount },
      series: [
        sum(text.requests, ({ requests }) => requests, 'var(--series-1)'),
        sum(text.errors, ({ errors }) => errors, 'var(--bad)'),
        sum(text.fallbacks, ({ fallbacks }) => fallbacks, 'var(--series-4)'),
      ],
    },
    {
      ...{ title: text.costOverTime, kind: 'area', format: (value) => usd(value) },
      series: [sum(text.cost, ({ costUsd }) => costUsd, 'var(--series-3)')],
    },
    { title: text.latencyWhole, kind: 'line', format: span, series: quantiles('latency') },
    { title: text.firstContent, kind: 'line', format: span, series: quantiles('firstContent') },
    { title: text.overheadOverTime, kind: 'line', format: span, series: quantiles('overhead') },
    {
      ...{ title: text.tokens, kind: 'area', format: shortCount },
      series: [
        sum(text.tokensIn, inputTokensOfTotal, 'var(--series-2)'),
        sum(text.tokensOut, ({ outputTokens }) => outputTokens, 'var(--series-5)'),
      ],
    },
  ]
}
