import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { joinBytes } from './bytes.ts'
import { answerFrames, eventFrame, exceptionFrame, readFrames, textFrame } from './testing/event-stream.ts'
import { Rig, readEvents } from './testing/rig.ts'
import { cutAfter, streamed, streamedText, type Answer } from './testing/scripted-upstream.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

const pieces = ['Well, ', 'thank ', 'you ', 'very ', 'much.']
const frames = answerFrames(pieces)
const lastContent = frames.length - 3
const cuts: readonly (readonly [string, (upTo: number) => Answer])[] = [
  ['cut', (upTo) => cutAfter(frames.slice(0, upTo))],
  ['cut within the next frame', (upTo) => cutAfter(frames.slice(0, upTo), frames[upTo]?.subarray(0, 20))],
  ['ended tidily', (upTo) => streamed(frames.slice(0, upTo))],
  [
    'error frame',
    (upTo) => streamed([...frames.slice(0, upTo), exceptionFrame('modelStreamErrorException', 'gone')]),
  ],
]

for (const [how, answer] of cuts) {
  test(`${how} after any number of frames: never complete, never another model's`, async () => {
    rig.upstream.on('second', streamedText('NEVER MIXED'))
    for (let upTo = 0; upTo < frames.length - 2; upTo++) {
      rig.upstream.on('first', answer(upTo))
      for (const face of ['openai', 'bedrock'] as const) {
        const { client, record } = await rig.run({ face, stream: true })
        expect(client.ends).toBe(1)
        if (upTo < 2) {
          expect(record).toMatchObject({ outcome: 'ok', modelId: 'second' })
          continue
        }
        const text = pieces.slice(0, Math.min(upTo - 1, pieces.length)).join('')
        if (face === 'openai') {
          const events = readEvents(client.text)
          expect(events).toMatchObject({ text, done: false, finished: false, starts: 1 })
          expect(events.errors).toHaveLength(1)
        } else {
          const names = readFrames(client.bytes).map(({ name }) => name)
          expect(names.filter((name) => name === 'messageStart')).toHaveLength(1)
          expect(names).not.toContain('messageStop')
          expect(names).not.toContain('metadata')
          expect(names.at(-1)).toMatch(/^exception /)
        }
        expect(client.text).not.toContain('NEVER')
        expect(record).toMatchObject({
          outcome: 'partial',
          modelId: 'first',
          status: 200,
          usageEstimated: true,
        })
        expect(record.usage.outputTokens).toBe(Math.ceil(text.length / 4))
        expect(record.attempts).toHaveLength(1)
      }
    }
    expect(rig.records.outcomes).toHaveLength((lastContent + 1) * 2)
  })
}

const brokenJson = textFrame('contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":"HALF A W')

test('an event of broken JSON before the first content: the plan moves on', async () => {
  rig.upstream.on('first', streamed([...frames.slice(0, 1), brokenJson, ...frames.slice(1)]))
  rig.upstream.on('second', streamedText('Hello'))
  for (const face of ['openai', 'bedrock'] as const) {
    const { client, record } = await rig.run({ face, stream: true })
    expect(client.text).toContain('Hello')
    expect(client.text).not.toContain('HALF')
    expect(record).toMatchObject({ outcome: 'ok', modelId: 'second' })
    expect(record.attempts.map(({ error }) => error?.code ?? null)).toEqual(['upstream_broken', null])
  }
})

test('an event of broken JSON within the answer is not passed on, and the end is an error', async () => {
  for (const face of ['openai', 'bedrock'] as const) {
    // In one read with what came before it, which is passed on all the same.
    rig.upstream.on('first', streamed([joinBytes([...frames.slice(0, 2), brokenJson, ...frames.slice(2)])]))
    const { client, record } = await rig.run({ face, stream: true })
    expect(client.text).not.toContain('HALF')
    if (face === 'openai') {
      const events = readEvents(client.text)
      expect(events).toMatchObject({ text: pieces[0], done: false, finished: false })
      expect(events.errors).toHaveLength(1)
    } else {
      const names = readFrames(client.bytes).map(({ name }) => name)
      expect(names).toEqual(['messageStart', 'contentBlockDelta', expect.stringMatching(/^exception /)])
    }
    expect(record).toMatchObject({ outcome: 'partial', error: { code: 'upstream_broken' } })
  }
})

test('a vendor’s own error frame passes unchanged where both speak the same', async () => {
  const error = exceptionFrame('modelStreamErrorException', 'the model broke')
  rig.upstream.on('first', streamed([...frames.slice(0, 3), error]))
  const { client } = await rig.run({ face: 'bedrock', stream: true })
  expect(Buffer.compare(client.bytes, Buffer.concat([...frames.slice(0, 3), error]))).toBe(0)
})

test('once the model said that it finished, a lost tail costs only the usage', async () => {
  for (const answer of [
    cutAfter(frames.slice(0, -1)),
    cutAfter(frames.slice(0, -1), frames.at(-1)?.subarray(0, 30)),
  ]) {
    rig.upstream.on('first', answer)
    const { client, record } = await rig.run({ face: 'openai', stream: true })
    expect(readEvents(client.text)).toMatchObject({ text: pieces.join(''), finished: true, errors: [] })
    expect(record).toMatchObject({ outcome: 'ok', usageEstimated: true })
  }
})

test('of an error without an end only its beginning is looked at and told', async () => {
  const endless = exceptionFrame('validationException', 'model '.repeat(20_000))
  rig.upstream.on('first', streamed([endless]))
  const { client, record } = await rig.run({ face: 'openai', models: ['first'], stream: true })
  expect(record.attempts[0]?.error).toMatchObject({ code: 'upstream_rejected' })
  expect(client.text.match(/model /g)).toHaveLength(333)
})

test('an error after the finish is an error', async () => {
  rig.upstream.on(
    'first',
    streamed([...frames.slice(0, -1), exceptionFrame('internalServerException', 'taken back')]),
  )
  const { client, record } = await rig.run({ face: 'openai', stream: true })
  expect(readEvents(client.text)).toMatchObject({ done: false, finished: false })
  expect(record.outcome).toBe('partial')
})

const calling = (input: string, stopReason: string) =>
  streamed([
    eventFrame('messageStart', { role: 'assistant' }),
    eventFrame('contentBlockStart', {
      contentBlockIndex: 0,
      start: { toolUse: { toolUseId: 'a', name: 'f' } },
    }),
    eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input } } }),
    eventFrame('contentBlockStop', { contentBlockIndex: 0 }),
    eventFrame('messageStop', { stopReason }),
    eventFrame('metadata', { usage: { inputTokens: 11, outputTokens: 3, totalTokens: 14 } }),
  ])

test('arguments that are no object never end like a call that can be run, unless the answer was cut', async () => {
  rig.upstream.on('first', calling('{"x":1}{"x":2}', 'tool_use'))
  const note = vi.spyOn(rig.engine.circuits, 'note')
  const broken = await rig.run({ face: 'invoke', stream: true })
  expect(broken.record).toMatchObject({ outcome: 'partial', error: { code: 'upstream_broken' } })
  // Another face may have a form for it.
  expect(note.mock.lastCall?.[1].outcome).toBe('neither')
  rig.upstream.on('first', calling('{"x"', 'max_tokens'))
  const cut = await rig.run({ face: 'invoke', stream: true })
  expect(cut.record).toMatchObject({ outcome: 'ok', finish: 'length' })
  rig.upstream.on('first', calling('{"x"', 'guardrail_intervened'))
  const filtered = await rig.run({ face: 'invoke', stream: true })
  expect(filtered.record).toMatchObject({ outcome: 'ok', finish: 'content-filter' })
})
