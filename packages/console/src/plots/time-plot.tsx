import { Link } from '@tanstack/react-router'
import { useEffect, useId, useRef, useState } from 'react'
import uPlot from 'uplot'
import { useShownTheme } from '../app/theme.ts'
import { brief, clockTime, day } from '../format/instants.ts'
import { Button } from '../parts/button.tsx'
import { shared } from '../text/shared.ts'
import { fill } from '../text/fill.ts'
import { nearestMark, type Mark } from './mark.ts'
import { drawMarks } from './draw-marks.ts'
import { hasRunning, runningOf, wholeOf } from './running-interval.ts'
import 'uplot/dist/uPlot.min.css'
import './time-plot.css'

export interface Series {
  readonly label: string
  /** One for each instant; null = nothing is known of it, and the line breaks. */
  readonly values: readonly (number | null)[]
  /** `var(--series-2)`; the colours in their order unless set. */
  readonly color?: string
}

export interface TimePlotProps {
  /** What it shows, for screen readers and above the table. */
  readonly label: string
  /** Unix milliseconds, rising. */
  readonly instants: readonly number[]
  readonly series: readonly Series[]
  /** A value as the axis and the legend write it. */
  readonly format: (value: number) => string
  /** What is shown of the time axis, in Unix milliseconds. */
  readonly from: number
  readonly to: number
  /** Every switch of that time (`useSwitchMarks`). */
  readonly marks: readonly Mark[]
  readonly onMark?: (mark: Mark) => void
  /** `area` for sums, `line` for quantiles and shares. */
  readonly kind?: 'line' | 'area'
  readonly heightPx?: number
}

/**
 * Values over time with every switch on the axis, so that an effect stands beside its cause. The canvas is a picture to screen
 * readers; the same stands in a table beside it.
 */
export function TimePlot(props: TimePlotProps) {
  const place = useRef<HTMLDivElement>(null)
  const theme = useShownTheme()
  const [isTable, setTable] = useState(false)
  const [near, setNear] = useState<Mark | null>(null)
  const latest = useRef(props)
  const plot = useRef<uPlot | null>(null)
  useEffect(() => {
    latest.current = props
  })
  const shape = props.series.map(({ color, label }) => `${label}${color ?? ''}`).join('\n')
  const { heightPx = 180, kind = 'line' } = props
  useEffect(() => {
    const element = place.current
    if (element === null || isTable) return
    const made = new uPlot(
      optionsOf(element, latest, { heightPx, kind, onNear: setNear }),
      dataOf(latest.current),
      element,
    )
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: heightPx }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = null
    }
    // A theme's colours and other series take a new plot; new values only new data, below.
  }, [theme, shape, heightPx, kind, isTable])
  const { from, instants, marks, series, to } = props
  useEffect(() => {
    plot.current?.setData(dataOf(latest.current), false)
    plot.current?.setScale('x', { min: from / 1_000, max: to / 1_000 })
  }, [instants, series, marks, from, to])
  return (
    <figure className="plot">
      <div className="plot-head">
        <Legend series={series} />
        <Button kind="quiet" size="small" onPress={() => setTable(!isTable)}>
          {isTable ? shared.showAsPlot : shared.showAsTable}
        </Button>
      </div>
      {isTable ? (
        <PlotTable {...props} />
      ) : (
        <div className="plot-place" ref={place} role="img" aria-label={summaryOf(props)} />
      )}
      <figcaption className="plot-mark" aria-live="polite">
        {near === null ? (
          <span className="soft">{hasRunning(props) ? shared.stillRunning : '\u00a0'}</span>
        ) : (
          `${brief(near.at)} · ${fill(shared.switchMark, { what: near.label })}`
        )}
      </figcaption>
    </figure>
  )
}

const seriesColor = (series: Series, index: number): string =>
  series.color ?? `var(--series-${(index % 6) + 1})`

const Legend = ({ series }: { readonly series: readonly Series[] }) => (
  <ul className="plot-legend" role="list">
    {series.map((one, index) => (
      <li key={one.label}>
        <svg width="14" height="8" aria-hidden="true">
          <line x1="0" y1="4" x2="14" y2="4" stroke={seriesColor(one, index)} strokeWidth="3" />
        </svg>
        {one.label}
      </li>
    ))}
  </ul>
)

function PlotTable({ format, instants, label, marks, series }: TimePlotProps) {
  const id = useId()
  return (
    <div className="plot-table" role="region" aria-labelledby={id} tabIndex={0}>
      <table className="table">
        <caption id={id}>{label}</caption>
        <thead>
          <tr>
            <th scope="col">{shared.time}</th>
            {series.map((one) => (
              <th key={one.label} scope="col" className="end">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {instants.map((at, index) => (
            <tr key={at}>
              <td>{brief(at)}</td>
              {series.map((one) => {
                const value = one.values[index] ?? null
                return (
                  <td key={one.label} className="end">
                    {value === null ? '–' : format(value)}
                  </td>
                )
              })}
            </tr>
          ))}
          {marks.map((mark) => (
            <tr key={mark.id}>
              <td>{brief(mark.at)}</td>
              <td colSpan={series.length}>
                <Link to={`/switches/${mark.id}`}>{fill(shared.switchMark, { what: mark.label })}</Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** What a picture cannot tell to those who do not see it: the last value of each, and how many switches there were. */
function summaryOf({ format, label, marks, series }: TimePlotProps): string {
  const last = series.map((one) => {
    const value = one.values.findLast((found) => found !== null)
    return `${one.label} ${value == null ? shared.unknown : format(value)}`
  })
  return `${label}: ${last.join(', ')}. ${fill(shared.switchesShown, { count: marks.reduce((sum, { count }) => sum + count, 0) })}`
}

/** The values of whole intervals, then of each series the way to the one that is still running, if the last is. */
const dataOf = (props: TimePlotProps): uPlot.AlignedData => [
  props.instants.map((at) => at / 1_000),
  ...props.series.map(({ values }) => wholeOf(values, props)),
  ...props.series.map(({ values }) => runningOf(values, props)),
]

interface Shape {
  readonly heightPx: number
  readonly kind: 'line' | 'area'
  readonly onNear: (mark: Mark | null) => void
}

function optionsOf(
  element: HTMLElement,
  latest: { readonly current: TimePlotProps },
  { heightPx, kind, onNear }: Shape,
): uPlot.Options {
  const style = getComputedStyle(element)
  const color = (value: string): string =>
    value.startsWith('var(') ? style.getPropertyValue(value.slice(4, -1)).trim() : value
  const axis = {
    stroke: color('var(--text-faint)'),
    grid: { stroke: color('var(--line)'), width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily}`,
  }
  const { series } = latest.current
  // A plot outlives the range that it was made for.
  const rangeMs = (): number => latest.current.to - latest.current.from
  return {
    width: element.clientWidth,
    height: heightPx,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    // To the right as much as half of the last day's name takes.
    padding: [10, 22, 0, 0],
    scales: {
      x: { range: () => [latest.current.from / 1_000, latest.current.to / 1_000] },
      y: { range: rangeFromZero },
    },
    axes: [
      { ...axis, size: 30, values: (_plot, ticks) => timeTicks(ticks, rangeMs()) },
      { ...axis, size: 56, values: (_plot, ticks) => ticks.map((tick) => latest.current.format(tick)) },
    ],
    series: [
      {},
      ...series.map((one, index): uPlot.Series => {
        const stroke = color(seriesColor(one, index))
        return {
          label: one.label,
          stroke,
          width: 2,
          points: {
            show: true,
            size: 5,
            fill: stroke,
            filter: (_plot, at) => alone(dataOf(latest.current)[at] ?? []),
          },
          ...(kind === 'area' ? { fill: `${stroke}22` } : {}),
        }
      }),
      ...series.map((one, index): uPlot.Series => {
        const stroke = color(seriesColor(one, index))
        const filter = (_plot: uPlot, at: number): number[] => alone(dataOf(latest.current)[at] ?? [])
        return { stroke, width: 2, dash: [3, 3], points: { show: true, size: 5, fill: stroke, filter } }
      }),
    ],
    hooks: {
      draw: [(plot) => drawMarks(plot, latest.current.marks, color('var(--mark)'))],
      setCursor: [(plot) => onNear(nearestMark(plot, latest.current.marks))],
      ready: [(plot) => openPressedMark(plot, latest)],
    },
  }
}

function openPressedMark(plot: uPlot, latest: { readonly current: TimePlotProps }): void {
  plot.over.addEventListener('click', () => {
    const mark = nearestMark(plot, latest.current.marks)
    if (mark !== null) latest.current.onMark?.(mark)
  })
}

/** A value between two that are not known has no line to stand on. */
const alone = (values: ArrayLike<number | null | undefined>): number[] =>
  Array.from(values).flatMap((value, index) =>
    value != null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null
      ? [index]
      : [],
  )

/** From zero: a small change that fills the whole height frightens for nothing. */
const rangeFromZero = (_plot: uPlot, _min: number | null, max: number | null): uPlot.Range.MinMax => [
  0,
  max === null || max <= 0 ? 1 : max * 1.08,
]

/** Of days a name stands at its begin: a tick within one would repeat it. */
const timeTicks = (ticks: readonly number[], rangeMs: number): string[] =>
  ticks.map((tick) => {
    if (rangeMs <= 2 * 86_400_000) return clockTime(tick * 1_000)
    const at = new Date(tick * 1_000)
    return at.getHours() === 0 && at.getMinutes() === 0 ? day(tick * 1_000) : ''
  })
