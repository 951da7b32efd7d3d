import { useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { TimePlot, type Series } from '../../plots/time-plot.tsx'
import { useSwitchMarks } from '../../plots/use-switch-marks.ts'
import type { Measure } from './measures.ts'
import type { UsageSeen } from './use-usage.ts'

/** The leading groups over time, with every switch on the axis. */
export function UsagePlot({
  measure,
  nameOf,
  seen,
  title,
}: {
  readonly seen: UsageSeen
  readonly measure: Measure
  readonly title: string
  readonly nameOf: (group: string) => string
}) {
  const { from, instants, to } = seen
  const marks = useSwitchMarks({ from, to })
  const navigate = useNavigate()
  const series = useMemo(() => seriesOf(seen, measure, nameOf), [seen, measure, nameOf])
  return (
    <TimePlot
      label={title}
      {...{ from, to, instants, series, marks }}
      format={measure.format}
      heightPx={240}
      onMark={({ id }) => void navigate({ to: `/switches/${id}` })}
    />
  )
}

const seriesOf = (
  { instants, overTime }: UsageSeen,
  measure: Measure,
  nameOf: (group: string) => string,
): readonly Series[] =>
  [...overTime].map(([group, points]) => ({
    label: nameOf(group),
    values: instants.map((at) => {
      const total = points.get(at)
      return total === undefined ? (measure.isSum ? 0 : null) : measure.of(total)
    }),
  }))
