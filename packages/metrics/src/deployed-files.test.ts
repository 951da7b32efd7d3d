import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { modelMetrics } from './model-metrics.ts'
import { families } from './prometheus/families.ts'
import { gaugeFamilies } from './totals/gauges.ts'

/* What operators deploy, held against the names that the code emits. */

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

test('CloudWatch’s alarms and dashboard ask for metrics that are published, by their own dimensions', () => {
  const template = read('aws-deployment/monitoring.yaml')
  const byQuery = [
    ...template.matchAll(
      /SELECT (?:SUM|MAX|AVG)\((\w+)\) FROM SCHEMA\("\$\{ProjectPrefix\}\/Models", ([\w,]+)\)/g,
    ),
  ].map(([, metric, dimensions]) => `${metric} ${dimensions}`)
  const bySearch = [
    ...template.matchAll(/SEARCH\('\{\$\{ProjectPrefix\}\/Models,([\w,]+)\} MetricName=\\"(\w+)\\"/g),
  ].map(([, dimensions, metric]) => `${metric} ${dimensions}`)
  const published = modelMetrics.map(({ dimensions, name }) => `${name} ${dimensions.join(',')}`)
  expect(byQuery).toHaveLength(4)
  expect(published).toEqual(expect.arrayContaining([...byQuery, ...bySearch]))
  expect(new Set(bySearch)).toEqual(new Set(published))
  expect(template.match(/SELECT|SEARCH\(/g)).toHaveLength(byQuery.length + bySearch.length)
})

interface Dashboard {
  readonly panels: readonly {
    readonly title: string
    readonly targets: readonly { readonly expr: string }[]
  }[]
  readonly templating: { readonly list: readonly { readonly query: { readonly query?: string } | string }[] }
}

const dashboard = JSON.parse(read('deploy/grafana/pointsman.json')) as Dashboard
const expressions = [
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...dashboard.templating.list.flatMap(({ query }) =>
    typeof query === 'string' || query.query === undefined ? [] : [query.query],
  ),
]

/** Every series name that a scrape may hold, with its labels. */
const exposed = new Map<string, ReadonlySet<string>>([
  ...families.flatMap(({ kind, name, sources }) => {
    const labels = new Set(
      sources.flatMap(({ fixed, labels: own }) => [...own, ...(fixed === undefined ? [] : [fixed[0]])]),
    )
    if (kind === 'counter') return [[name, labels] as const]
    return [
      [`${name}_bucket`, new Set([...labels, 'le'])] as const,
      [`${name}_sum`, labels] as const,
      [`${name}_count`, labels] as const,
    ]
  }),
  ...gaugeFamilies.map(({ name }) => [name, new Set<string>()] as const),
])

test.each(expressions)('Grafana asks for what is exposed: %s', (expression) => {
  const names = expression.match(/pointsman_\w+/g) ?? []
  expect(names.length).toBeGreaterThan(0)
  const labels = [
    ...[...expression.matchAll(/(\w+)=~?"/g), ...expression.matchAll(/(\w+)!=?"/g)].map(([, label]) => label),
    ...[...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list?.split(/,\s*/) ?? []),
    ...[...expression.matchAll(/label_values\(\w+, (\w+)\)/g)].map(([, label]) => label),
  ]
  for (const name of names) {
    const known = exposed.get(name)
    expect(known, `${name} is exposed`).toBeDefined()
    for (const label of labels) expect(known?.has(label ?? ''), `${name} has the label ${label}`).toBe(true)
  }
})

test('every figure that tells how the server is stands on the dashboard', () => {
  const shown = expressions.join('\n')
  const left = ['pointsman_body_bytes_in_flight', 'pointsman_journal_queued_bytes']
  for (const { name } of gaugeFamilies) if (!left.includes(name)) expect(shown).toContain(name)
})
