import { afterEach, beforeEach, expect, test } from 'vitest'
import { carryOut } from './carry-out.ts'
import { answerFrames, eventFrame, readFrames } from './testing/event-stream.ts'
import { CollectingClient } from './testing/collecting-client.ts'
import { Rig, readEvents } from './testing/rig.ts'
import { streamed, streamedText } from './testing/scripted-upstream.ts'
import { Signal } from './testing/signal.ts'

/** A request of Converse with a thought of another vendor's model, which is not passed on as it stands. */
const withMarkedThought = {
  messages: [
    { role: 'user', content: [{ text: 'Hello' }] },
    {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'Hm.', signature: btoa('pointsmanopenai:abc') } } },
        { text: 'Hello.' },
      ],
    },
    { role: 'user', content: [{ text: 'And now?' }] },
  ],
}

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

test('in the same dialect: the original frames, unknown ones too; usage and cost from its end', async () => {
  const [start = new Uint8Array(0), ...rest] = answerFrames(['Well, ', 'thank ', 'you.'])
  const news = eventFrame('somethingNew', { a: 1 })
  rig.upstream.on('first', streamed([start, news, ...rest]))
  const { client, record } = await rig.run({ face: 'bedrock', stream: true })
  expect(client.header('content-type')).toBe('application/vnd.amazon.eventstream')
  expect(Buffer.compare(client.bytes, Buffer.concat([start, news, ...rest]))).toBe(0)
  expect(record).toMatchObject({
    outcome: 'ok',
    finish: 'stop',
    usage: { inputTokens: 11, outputTokens: 3 },
    usageEstimated: false,
    costNanoUsd: 23_000,
    unrecognisedFrames: 1,
  })
  expect([...rig.engine.unrecognised.read()]).toEqual([['bedrock-converse/somethingNew', 1]])
  expect(rig.upstream.calls[0]?.operation).toBe('converse-stream')
  expect(record.firstContentAfterMs).toBeGreaterThan(0)
  expect(record.attempts[0]?.firstContentAfterMs).toBeGreaterThan(0)
})

test('the record of a stream says so where another tier than the standard one served', async () => {
  const frames = answerFrames(['Well.'])
  const metadata = {
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
    serviceTier: { type: 'flex' },
  }
  rig.upstream.on('first', streamed([...frames.slice(0, -1), eventFrame('metadata', metadata)]))
  for (const face of ['bedrock', 'openai'] as const) {
    const { record } = await rig.run({ face, stream: true })
    expect(record.warnings.join()).toContain('the price of the tier flex is not known')
  }
})

test.each([
  ['once its answer has begun', false, ['head', 'let go', 'write']],
  ['never where its text is kept', true, ['head', 'write']],
] as const)('the body of a request is let go of %s', async (_, capture, expected) => {
  rig.upstream.on('first', streamedText('Well, ', 'thank ', 'you.'))
  const order: string[] = []
  const client = new (class extends CollectingClient {
    override head(status: number, headers: readonly string[]): void {
      order.push('head')
      super.head(status, headers)
    }
    override write(bytes: Uint8Array): boolean {
      order.push('write')
      return super.write(bytes)
    }
  })()
  const job = rig.job({ face: 'openai', stream: true, capture }, client)
  const { outcome } = await carryOut({ ...job, letGo: () => void order.push('let go') }, rig.engine)
  expect(outcome).toBe('ok')
  expect(order.slice(0, expected.length)).toEqual(expected)
})

test('translated: one start, the text, the finish, usage, [DONE]', async () => {
  rig.upstream.on('first', streamedText('Well, ', 'thank ', 'you.'))
  const { client, record } = await rig.run({ face: 'openai', stream: true })
  expect(client.header('content-type')).toMatch(/^text\/event-stream/)
  expect(readEvents(client.text)).toEqual({
    text: 'Well, thank you.',
    done: true,
    finished: true,
    errors: [],
    starts: 1,
  })
  expect(client.text).toContain('"prompt_tokens":11')
  expect(record).toMatchObject({ outcome: 'ok', usage: { inputTokens: 11, outputTokens: 3 } })
})

test('translated: the record tells what the face had no place for, once', async () => {
  const citation = eventFrame('contentBlockDelta', {
    contentBlockIndex: 0,
    delta: { citation: { title: 'T', sourceContent: [{ text: 'q' }] } },
  })
  const frames = answerFrames(['At six.'])
  rig.upstream.on('first', streamed([...frames.slice(0, 2), citation, citation, ...frames.slice(2)]))
  const { record } = await rig.run({ face: 'openai', stream: true })
  expect(record.warnings.filter((warning) => warning.startsWith('citations: '))).toHaveLength(1)
})

test("written anew in the same dialect: what its reader knows no words of is the client's at once, however long", async () => {
  const [start = new Uint8Array(0), ...rest] = answerFrames([])
  const long = 'x'.repeat(700_000)
  const begun = eventFrame('contentBlockStart', {
    contentBlockIndex: 0,
    start: { toolResult: { toolUseId: 'srv_1', type: 'search' } },
  })
  const more = eventFrame('contentBlockDelta', {
    contentBlockIndex: 0,
    delta: { toolResult: [{ text: long }] },
  })
  const ended = eventFrame('contentBlockStop', { contentBlockIndex: 0 })
  rig.upstream.on('first', streamed([start, begun, more, more, ended, ...rest]))
  const { client, record } = await rig.run({ face: 'bedrock', stream: true, body: withMarkedThought })
  expect(record).toMatchObject({ outcome: 'ok' })
  expect(client.bytes.byteLength).toBeGreaterThan(1_400_000)
})

test('headers wait for the first content, and the end for the record', async () => {
  const frames = answerFrames(['Hello'])
  const contentMaySend = new Signal()
  const opened = new Signal()
  rig.upstream.on('first', async (answer) => {
    answer.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' })
    answer.write(frames[0], () => opened.give())
    await contentMaySend.given
    for (const frame of frames.slice(1)) answer.write(frame)
    answer.end()
  })
  const gate = new Signal()
  const settling = new Signal()
  rig.records.gate = gate.given
  rig.records.onOutcome = () => settling.give()
  const { client, record } = rig.carryOut({ face: 'bedrock', stream: true })
  await opened.given
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(client.heads).toBe(0)
  contentMaySend.give()
  await settling.given
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(client.status).toBe(200)
  expect(readFrames(client.bytes).map(({ name }) => name)).toEqual([
    'messageStart',
    'contentBlockDelta',
    'contentBlockStop',
  ])
  expect(client.ends).toBe(0)
  gate.give()
  await record
  expect(readFrames(client.bytes).at(-1)?.name).toBe('metadata')
})

test('without its record a stream ends with an error, never as complete', async () => {
  rig.upstream.on('first', streamedText('Hello'))
  rig.records.trouble = new Error('disk full')
  const { client } = await rig.run({ face: 'openai', stream: true })
  const events = readEvents(client.text)
  expect(events).toMatchObject({ text: 'Hello', done: false, finished: false })
  expect(events.errors).toHaveLength(1)
  const same = await rig.run({ face: 'bedrock', stream: true })
  expect(
    readFrames(same.client.bytes)
      .map(({ name }) => name)
      .at(-1),
  ).toBe('exception serviceUnavailableException')
  expect(readFrames(same.client.bytes).map(({ name }) => name)).not.toContain('messageStop')
})

test('an answer without any content is still an answer', async () => {
  rig.upstream.on(
    'first',
    streamed([eventFrame('messageStart', { role: 'assistant' }), ...answerFrames([]).slice(2)]),
  )
  const { client, record } = await rig.run({ face: 'openai', stream: true })
  expect(record.outcome).toBe('ok')
  expect(readEvents(client.text)).toMatchObject({ text: '', done: true, finished: true, starts: 1 })
})

test('usage that never came is estimated and marked', async () => {
  for (const face of ['openai', 'bedrock'] as const) {
    rig.upstream.on('first', streamed(answerFrames(['x'.repeat(40), 'y'.repeat(40)]).slice(0, -1)))
    const { client, record } = await rig.run({ face, stream: true })
    expect(record).toMatchObject({ outcome: 'ok', usageEstimated: true, usage: { outputTokens: 20 } })
    expect(record.usage.inputTokens).toBeGreaterThan(0)
    expect(record.costNanoUsd).toBeGreaterThan(80_000)
    if (face === 'openai') expect(readEvents(client.text)).toMatchObject({ done: true, finished: true })
  }
})

test('frames cut at every byte arrive unchanged', async () => {
  const frames = answerFrames(['Grüße, ', '世界 ', '👩‍👩‍👧‍👦'])
  const all = Buffer.concat(frames)
  for (let size = 1; size < 60; size += 3) {
    const pieces: Uint8Array[] = []
    for (let at = 0; at < all.length; at += size) pieces.push(all.subarray(at, at + size))
    rig.upstream.on('first', streamed(pieces))
    const [same, translated] = await Promise.all([
      rig.run({ face: 'bedrock', stream: true }),
      rig.run({ face: 'openai', stream: true }),
    ])
    expect(Buffer.compare(same.client.bytes, all)).toBe(0)
    expect(readEvents(translated.client.text).text).toBe('Grüße, 世界 👩‍👩‍👧‍👦')
  }
})
