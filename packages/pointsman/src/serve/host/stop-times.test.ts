import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { stopGraceMs } from '../front.ts'
import { controlStopMs, dataStopMs } from './stop-times.ts'

const deploy = new URL('../../../../../deploy/', import.meta.url)

test.each([0, 10_000, 600_000])(
  'a data plane that drains for %i ms has its whole grace after it',
  (drainMs) => {
    expect(dataStopMs({ drainMs })).toBeGreaterThan(drainMs + stopGraceMs)
  },
)

test.each([
  ['kubernetes/stateful-set.yaml', /terminationGracePeriodSeconds: (\d+)/],
  ['compose.yaml', /stop_grace_period: (\d+)s/],
])('%s gives a host more time than its stop takes at most', async (file, grace) => {
  const text = await readFile(new URL(file, deploy), 'utf8')
  const drainMs = Number(/POINTSMAN_DRAIN_MS, value: '(\d+)'/.exec(text)?.[1] ?? 0)
  const graceMs = Number(grace.exec(text)?.[1]) * 1_000
  expect(graceMs).toBeGreaterThan(dataStopMs({ drainMs }) + controlStopMs)
})
