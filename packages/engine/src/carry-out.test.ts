import type { RequestFacts } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { carryOut } from './carry-out.ts'
import { CollectingClient } from './testing/collecting-client.ts'
import { Rig } from './testing/rig.ts'
import { streamedText } from './testing/scripted-upstream.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

class BrokenClient extends CollectingClient {
  override head(): void {
    throw new Error('the socket broke')
  }
}

test('an error that cannot be sent leaves one record, and no rejection that would make a second', async () => {
  const client = new BrokenClient()
  const job = rig.job({}, client)
  // A fault before anything was sent.
  const readRequest = (): never => {
    throw new Error('a fault of ours')
  }
  const face = { ...job.face, readRequest }
  const record = await carryOut({ ...job, face }, rig.engine)
  expect(rig.records.outcomes).toEqual([record])
  expect(record.outcome).not.toBe('ok')
  expect(rig.log.join()).toContain('the socket broke')
})

test.each([
  ['with candidates', ['first']],
  ['without any', []],
])('headers that cannot be made end in one record and a bare 500, %s', async (_, candidates) => {
  const client = new CollectingClient()
  const broken = (): never => {
    throw new Error('no headers')
  }
  const job = { ...rig.job({ models: ['first'], candidates }, client), answerHeaders: broken }
  const record = await carryOut(job, rig.engine)
  expect(rig.records.outcomes).toEqual([record])
  expect([client.status, client.size, client.ends]).toEqual([500, 0, 1])
})

class StumblingClient extends CollectingClient {
  #stumbled = false
  override end(bytes: Uint8Array): void {
    if (this.#stumbled) return super.end(bytes)
    this.#stumbled = true
    throw new Error('the socket stumbled')
  }
}

test('a fault of ours within a stream is told as the stream that has begun', async () => {
  rig.upstream.on('first', streamedText('Well.'))
  const client = new StumblingClient()
  const { record } = await rig.run({ face: 'responses', stream: true, client })
  expect(rig.records.outcomes).toEqual([record])
  const events = [...client.text.matchAll(/^data: (.*)$/gm)].map(
    ([, data]) => JSON.parse(data ?? '') as Readonly<Record<string, unknown>>,
  )
  expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, at) => at))
  const { response } = events[0] ?? {}
  expect(events.slice(-2)).toMatchObject([
    { type: 'error', error: { code: 'internal' } },
    { type: 'response.failed', response: { id: (response as { readonly id: string }).id, status: 'failed' } },
  ])
})

test('a record holds all that is known of its request, also what most requests do not have', async () => {
  const job = rig.job({}, new CollectingClient())
  const ids = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), parentSpanId: null }
  const trace = { ...ids, sampled: true, state: null }
  // Required: a fact that is added has to be told here, too.
  const facts: Required<RequestFacts> = { ...job.facts, operation: 'chat', drillId: 'a drill', trace }
  const record = await carryOut({ ...job, facts }, rig.engine)
  expect(record).toMatchObject(facts)
})
