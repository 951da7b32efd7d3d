import { modelId, requestId } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { createRecordTotals, emptyReport, endedReport, joinReports } from '../totals/report.ts'
import { sampleRecord } from '../testing/index.ts'
import { expose } from './expose.ts'
import { families } from './families.ts'

const report = (gauges: { readonly [name: string]: number } = {}, ...agents: readonly string[]) => {
  const totals = createRecordTotals()
  for (const agent of agents) totals.take(sampleRecord({ agent }))
  return totals.report(gauges)
}

const samples = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

test('sums and histograms of what records said', () => {
  const totals = createRecordTotals()
  totals.take(sampleRecord({ durationMs: 640 }))
  totals.take(sampleRecord({ durationMs: 641 }))
  totals.take(
    sampleRecord({
      ...{ attempts: [], outcome: 'refused' },
      error: { code: 'invalid_request', message: '' },
    }),
  )
  const told = samples(expose(totals.report({}), undefined).text)
  const by = 'agent="sql_agent",model="eu.amazon.nova-pro-v1:0"'
  expect(told.get('pointsman_requests_total{face="openai-chat",outcome="ok",error="none"}')).toBe(2)
  expect(
    told.get('pointsman_requests_total{face="openai-chat",outcome="refused",error="invalid_request"}'),
  ).toBe(1)
  expect(told.get(`pointsman_model_latency_seconds_bucket{${by},le="0.32"}`)).toBe(0)
  expect(told.get(`pointsman_model_latency_seconds_bucket{${by},le="0.64"}`)).toBe(1)
  expect(told.get(`pointsman_model_latency_seconds_bucket{${by},le="1.28"}`)).toBe(2)
  expect(told.get(`pointsman_model_latency_seconds_bucket{${by},le="+Inf"}`)).toBe(2)
  expect(told.get(`pointsman_model_latency_seconds_sum{${by}}`)).toBeCloseTo(1.281)
  expect(told.get(`pointsman_model_tokens_total{${by},type="input"}`)).toBe(200)
  expect(told.get(`pointsman_model_cost_usd_total{${by}}`)).toBeCloseTo(0.00048)
  expect(told.get('pointsman_overhead_seconds_count')).toBe(3)
})

test('processes are told as one: counts add up, figures by their rule, and one that ended counts on', () => {
  const first = report(
    { pointsman_snapshot_revision: 7, pointsman_memory_bytes: 10, pointsman_shed_total: 2 },
    'a',
    'b',
  )
  const second = report(
    { pointsman_snapshot_revision: 9, pointsman_memory_bytes: 5, pointsman_shed_total: 1 },
    'a',
  )
  const told = samples(expose(joinReports([first, second, emptyReport]), undefined).text)
  expect(told.get('pointsman_requests_total{face="openai-chat",outcome="ok",error="none"}')).toBe(3)
  expect(told.get('pointsman_snapshot_revision')).toBe(7)
  expect(told.get('pointsman_memory_bytes')).toBe(15)
  const later = samples(expose(joinReports([endedReport(first), second]), undefined).text)
  expect(later.get('pointsman_requests_total{face="openai-chat",outcome="ok",error="none"}')).toBe(3)
  expect(later.get('pointsman_snapshot_revision')).toBe(9)
  expect(later.get('pointsman_memory_bytes')).toBe(5)
  expect(later.get('pointsman_shed_total')).toBe(3)
})

test('names beyond the bound are one other, and nobody is lost', () => {
  const totals = createRecordTotals(10)
  for (let index = 0; index < 100; index++)
    totals.take(
      sampleRecord({
        agent: `agent-${index}`,
        requestId: requestId(`r-${index}`),
        modelId: modelId(`m-${index}`),
      }),
    )
  const { invocations } = totals.report({})
  expect(invocations).toHaveLength(11)
  expect(invocations.reduce((sum, { values }) => sum + (values[0]?.[0] ?? 0), 0)).toBe(100)
})

test('the accept header chooses OpenMetrics, whose counters have families without their ending', () => {
  const { contentType, text } = expose(
    report({}, 'quote " back \\ line \n'),
    'application/openmetrics-text;version=1.0.0,*/*',
  )
  expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  expect(text).toContain('# TYPE pointsman_requests counter\npointsman_requests_total{')
  expect(text).toContain('# UNIT pointsman_model_latency_seconds seconds\n')
  expect(text).toContain('agent="quote \\" back \\\\ line \\n"')
  expect(text.endsWith('\n# EOF\n')).toBe(true)
})

test('families have names that both formats take, each once', () => {
  for (const { kind, name, unit } of families) {
    expect(name).toMatch(/^pointsman_[a-z_]+$/)
    expect(name.endsWith('_total')).toBe(kind === 'counter')
    if (unit !== undefined) expect(name.endsWith(`_${unit}`)).toBe(true)
  }
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length)
})
