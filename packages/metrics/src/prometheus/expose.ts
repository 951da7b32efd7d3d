import { gaugeFamilies, joinGauges } from '../totals/gauges.ts'
import type { MetricsReport } from '../totals/report.ts'
import { boundsOf, shownOf, type Shown } from '../totals/sources.ts'
import { families, type Family } from './families.ts'

export interface Exposition {
  readonly contentType: string
  readonly text: string
}

/**
 * Prometheus' text format 0.0.4, or OpenMetrics 1.0 where the scraper's `accept` names it.
 * @param accept the header as it came; undefined = none came.
 */
export function expose(report: MetricsReport, accept: string | undefined): Exposition {
  const open = accept?.includes('application/openmetrics-text') === true
  const lines = [
    ...families.flatMap((family) => familyLines(report, family, open)),
    ...gaugeFamilies.flatMap((family) => {
      const value = joinGauges(family, report.gauges)
      const kind = family.name.endsWith('_total') ? 'counter' : 'gauge'
      return value === null ? [] : [...headLines({ ...family, kind }, open), `${family.name} ${value}`]
    }),
    ...(open ? ['# EOF'] : []),
  ]
  return {
    contentType: open
      ? 'application/openmetrics-text; version=1.0.0; charset=utf-8'
      : 'text/plain; version=0.0.4; charset=utf-8',
    text: `${lines.join('\n')}\n`,
  }
}

interface Head {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly unit?: string
}

function headLines({ help, kind, name, unit }: Head, open: boolean): readonly string[] {
  // OpenMetrics names a counter's family without the ending of its samples.
  const family = open ? name.replace(/_total$/, '') : name
  return [
    `# HELP ${family} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${family} ${kind}`,
    ...(open && unit !== undefined ? [`# UNIT ${family} ${unit}`] : []),
  ]
}

function familyLines(report: MetricsReport, family: Family, open: boolean): readonly string[] {
  const samples = family.sources.flatMap((source) =>
    shownOf(report, source).flatMap((shown) =>
      family.kind === 'counter'
        ? [`${family.name}${labelText(shown.labels)} ${shown.values.at(-1) ?? 0}`]
        : histogramLines(family.name, shown, boundsOf(source)),
    ),
  )
  return samples.length === 0 ? [] : [...headLines(family, open), ...samples]
}

function histogramLines(
  name: string,
  { labels, values }: Shown,
  bounds: readonly number[],
): readonly string[] {
  let count = 0
  const buckets = [...bounds.map(bound), '+Inf'].map((le, index) => {
    count += values[index] ?? 0
    return `${name}_bucket${labelText([...labels, ['le', le]])} ${count}`
  })
  const own = labelText(labels)
  return [...buckets, `${name}_sum${own} ${values.at(-1) ?? 0}`, `${name}_count${own} ${count}`]
}

const labelText = (labels: Shown['labels']): string =>
  labels.length === 0 ? '' : `{${labels.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

/** OpenMetrics wants bounds as floating-point numbers, which both formats take. */
const bound = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value))
