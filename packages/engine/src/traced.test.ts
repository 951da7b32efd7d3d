import { readTraceparent } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Rig } from './testing/rig.ts'
import { failing, whole } from './testing/scripted-upstream.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

const trace = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: null,
  sampled: true,
  state: 'vendor=1',
}

test('each call tells the vendor of its own span in the same trace', async () => {
  rig.upstream.on('first', failing(500, 'InternalServerException', 'oops'))
  rig.upstream.on('second', whole('Hello'))
  const { record } = await rig.run({ trace })
  expect(record.trace).toEqual(trace)
  const parents = rig.upstream.calls.map(({ headers }) => readTraceparent(String(headers['traceparent'])))
  expect(parents).toMatchObject([
    { traceId: trace.traceId, sampled: true },
    { traceId: trace.traceId, sampled: true },
  ])
  expect(new Set([trace.spanId, ...parents.map((parent) => parent?.spanId)]).size).toBe(3)
  expect(rig.upstream.calls.map(({ headers }) => headers['tracestate'])).toEqual(['vendor=1', 'vendor=1'])
})

test('without a trace nothing of one is sent', async () => {
  rig.upstream.on('first', whole('Hello'))
  await rig.run({})
  expect(rig.upstream.calls[0]?.headers).not.toHaveProperty('traceparent')
})
