import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerFrames } from './testing/event-stream.ts'
import { Rig } from './testing/rig.ts'
import { silence, stalledAfter, streamedText, whole, type Answer } from './testing/scripted-upstream.ts'
import { Signal } from './testing/signal.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

const frames = answerFrames(['x'.repeat(400), 'y'.repeat(400)])

test.each<[string, boolean, Answer]>([
  ['whole, before the head', false, silence],
  ['stream, before the head', true, silence],
  ['stream, after the opening', true, stalledAfter(frames.slice(0, 1))],
  ['whole, within the body', false, (answer) => void (answer.writeHead(200), answer.write('{"output":'))],
  ['stream, within the body', true, stalledAfter(frames.slice(0, 3))],
])('%s: the upstream call is closed at once, and there is one record', async (what, stream, answer) => {
  rig.upstream.on('first', answer)
  rig.upstream.on('second', stream ? streamedText('Hello') : whole('Hello'))
  for (const face of ['openai', 'bedrock'] as const) {
    const { client, record } = rig.carryOut({ face, stream })
    await expect.poll(() => rig.upstream.calls.length).toBe(1)
    if (what.endsWith('stream, within the body')) await client.reached(800)
    else await new Promise((resolve) => setTimeout(resolve, 50))
    const leftAt = performance.now()
    client.leave()
    expect(await rig.upstream.calls[0]?.over).toBe('left')
    // Not by a time limit, the shortest of which is twice as long.
    expect(performance.now() - leftAt).toBeLessThan(10_000)
    const left = await record
    const partly = what === 'stream, within the body'
    expect(left).toMatchObject({
      outcome: partly ? 'partial' : 'client-closed',
      error: { code: 'client_closed' },
      status: partly ? 200 : null,
      modelId: 'first',
      usageEstimated: true,
      // What a model wrote of an answer that was to come whole, nobody saw.
      usage: { outputTokens: stream ? (partly ? 200 : 0) : null },
    })
    if (stream) expect(left.costNanoUsd).toBeGreaterThan(0)
    else expect(left.costNanoUsd).toBeNull()
    expect(client.ends).toBe(0)
    expect(rig.records.outcomes).toEqual([left])
    expect(rig.upstream.calls).toHaveLength(1)
    rig.upstream.calls.length = 0
    rig.records.outcomes.length = 0
  }
})

test('before anything was asked: nobody is called', async () => {
  const { client, record } = rig.carryOut({})
  client.leave()
  expect(await record).toMatchObject({ outcome: 'client-closed', status: null })
  expect(rig.records.outcomes).toHaveLength(1)
})

test('while the record is written: it is written all the same', async () => {
  rig.upstream.on('first', whole('Hello'))
  const gate = new Signal()
  const settling = new Signal()
  rig.records.gate = gate.given
  rig.records.onOutcome = () => settling.give()
  const { client, record } = rig.carryOut({})
  await settling.given
  client.leave()
  gate.give()
  expect((await record).outcome).toBe('ok')
  expect(client.heads).toBe(0)
})

test('connections come back: thousands may leave and the next is served', async () => {
  const narrow = new Rig({ transport: { connections: 4 } })
  await narrow.upstream.start()
  try {
    narrow.upstream.on('first', stalledAfter(frames.slice(0, 2)))
    for (let round = 0; round < 50; round++) {
      const jobs = Array.from({ length: 4 }, () => narrow.carryOut({ models: ['first'], stream: true }))
      await Promise.all(jobs.map(({ client }) => client.reached(1)))
      for (const { client } of jobs) client.leave()
      await Promise.all(jobs.map(({ record }) => record))
    }
    narrow.upstream.on('first', streamedText('Hello'))
    const { record } = await narrow.run({ models: ['first'], stream: true })
    expect(record.outcome).toBe('ok')
    expect(narrow.records.outcomes).toHaveLength(201)
    await expect.poll(() => narrow.upstream.connections()).toBeLessThanOrEqual(4)
  } finally {
    await narrow.close()
  }
})
