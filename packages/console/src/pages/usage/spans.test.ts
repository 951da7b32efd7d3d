// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { lastDay, lastMonth } from '../../plots/ranges.ts'
import { spansOf } from './spans.ts'

test('the time before is as long as the range, to the hour that is counted by', () => {
  const nowMs = Date.parse('2026-05-20T15:40:00Z')
  expect(spansOf(lastDay, nowMs)).toEqual({
    now: { from: '2026-05-19T15:00:00.000Z', to: '2026-05-20T15:40:00.000Z' },
    before: { from: '2026-05-18T14:00:00.000Z', to: '2026-05-19T15:00:00.000Z' },
  })
  expect(spansOf(lastMonth, nowMs)).toEqual({
    now: { from: '2026-04-20T00:00:00.000Z', to: '2026-05-20T15:40:00.000Z' },
    before: { from: '2026-03-20T08:00:00.000Z', to: '2026-04-20T00:00:00.000Z' },
  })
})
