import type { ChatCall, ForeignPart } from '@pointsman/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { capturedBytes } from './capture.ts'
import { BoundedText, writeAnswerPart, writeParts, writePrompt } from './captured-text.ts'
import { answerFrames, eventFrame } from './testing/event-stream.ts'
import { Rig } from './testing/rig.ts'
import { cutAfter, failing, streamed, streamedText, whole } from './testing/scripted-upstream.ts'

let rig: Rig
beforeEach(async () => {
  rig = new Rig()
  await rig.upstream.start()
})
afterEach(() => rig.close())

const faces = ['openai', 'bedrock'] as const
const asked = '[user]\nHow are you?'

test('what was asked and answered is kept, whole and streamed, translated and passed on; off, nothing is', async () => {
  for (const face of faces) {
    for (const stream of [false, true]) {
      rig.upstream.on('first', stream ? streamedText('Well, ', 'thank ', 'you.') : whole('Well, thank you.'))
      await rig.run({ face, stream })
      expect(rig.records.exchanges).toEqual([])
      const { record } = await rig.run({ face, stream, capture: true })
      expect(rig.records.exchanges.splice(0)).toEqual([
        {
          ...{ requestId: record.requestId, workspace: record.workspace, conversationId: null, userId: null },
          ...{ useCase: 'clinical', modelId: 'first', createdAtMs: record.receivedAtMs },
          ...{ prompt: asked, answer: 'Well, thank you.', truncated: false },
        },
      ])
    }
  }
})

test('tools are kept as text, and the last attempt’s answer alone', async () => {
  const call = [
    ['messageStart', { role: 'assistant' }],
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Let me see.' } }],
    ['contentBlockStop', { contentBlockIndex: 0 }],
    ['contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't1', name: 'opens' } } }],
    ['contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{"day":' } } }],
    ['contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '"Monday"}' } } }],
    ['contentBlockStop', { contentBlockIndex: 1 }],
    ['messageStop', { stopReason: 'tool_use' }],
    ['metadata', { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 }, metrics: { latencyMs: 1 } }],
  ] as const
  rig.upstream.on('first', failing(500, 'InternalServerException', 'broken'))
  rig.upstream.on('second', streamed(call.map(([name, payload]) => eventFrame(name, payload))))
  for (const face of faces) {
    await rig.run({ face, stream: true, capture: true })
    expect(rig.records.exchanges.splice(0)).toMatchObject([
      { modelId: 'second', answer: 'Let me see.\n[tool call opens] {"day":"Monday"}', truncated: false },
    ])
  }
})

test('an answer that breaks off is kept as far as it came, one that never came is null', async () => {
  const frames = answerFrames(['Well, ', 'thank ', 'you.'])
  rig.upstream.on('first', cutAfter(frames.slice(0, 3)))
  for (const face of faces) {
    const { record } = await rig.run({ face, stream: true, capture: true })
    expect(record.outcome).toBe('partial')
    expect(rig.records.exchanges.splice(0)).toMatchObject([{ answer: 'Well, thank ', prompt: asked }])
  }
  rig.upstream.on('first', failing(400, 'ValidationException', 'no'))
  await rig.run({ face: 'bedrock', capture: true })
  expect(rig.records.exchanges).toMatchObject([{ answer: null, modelId: null, prompt: asked }])
})

test('each side has its bound in bytes, and says that it was cut', async () => {
  const long = '€'.repeat(capturedBytes)
  const kept = '€'.repeat(Math.floor(capturedBytes / 3))
  for (const face of faces) {
    rig.upstream.on('first', streamedText(long, 'more'))
    const streamedRun = await rig.run({ face, stream: true, capture: true })
    expect(streamedRun.record.outcome).toBe('ok')
    rig.upstream.on('first', whole(long))
    await rig.run({ face, capture: true })
    for (const exchange of rig.records.exchanges.splice(0)) {
      expect(exchange).toMatchObject({ prompt: asked, truncated: true })
      expect(exchange.answer).toBe(kept)
    }
  }
})

test('a journal that takes no text, or throws, leaves answer and record as they are', async () => {
  rig.upstream.on('first', whole('Well, thank you.'))
  for (const takes of [
    () => false,
    () => {
      throw new Error('the journal is being closed')
    },
  ]) {
    rig.records.takesExchange = takes
    const { client, record } = await rig.run({ capture: true })
    expect([client.status, record.outcome]).toEqual([200, 'ok'])
    expect(rig.log.splice(0)).toEqual([expect.stringMatching(/text of a request was not kept/) as string])
  }
  expect(rig.records.outcomes).toHaveLength(2)
})

const call = (messages: ChatCall['messages']): ChatCall => ({
  ...{ system: [{ kind: 'text', text: 'Be kind.' }], messages, tools: [], toolChoice: null },
  ...{ parallelToolCalls: null, responseFormat: null, reasoning: null, serviceTier: null, metadata: {} },
  ...{ stream: false, streamUsage: false, extras: {} },
  sampling: {
    ...{ maxTokens: null, temperature: null, topP: null, topK: null, stopSequences: [], seed: null },
    ...{ frequencyPenalty: null, presencePenalty: null, logprobs: null },
  },
})

test('a prompt holds the words of each message; images and documents are named by kind and size', () => {
  const text = new BoundedText(10_000)
  writePrompt(
    call([
      {
        role: 'user',
        parts: [
          { kind: 'text', text: 'See this.' },
          { kind: 'image', mediaType: 'image/png', source: { kind: 'base64', data: 'c2VjcmV0cw==' } },
          { kind: 'image', mediaType: null, source: { kind: 'url', url: 'https://example.org/private' } },
          {
            ...{ kind: 'document', mediaType: 'text/plain', name: 'private' },
            source: { kind: 'text', text: 'secret' },
          },
        ],
      },
      {
        role: 'assistant',
        parts: [{ kind: 'tool-call', id: 't1', name: 'opens', argumentsJson: '{"day":"Monday"}' }],
      },
      {
        role: 'user',
        parts: [
          {
            ...{ kind: 'tool-result', callId: 't1', isError: false },
            content: [
              { kind: 'json', value: { at: 6 } },
              {
                kind: 'image',
                mediaType: 'image/gif',
                source: { kind: 's3', uri: 's3://private', bucketOwner: null },
              },
            ],
          },
        ],
      },
    ]),
    text,
  )
  expect(text.read()).toEqual({
    isCut: false,
    text: [
      '[system]\nBe kind.',
      '[user]\nSee this.\n[image image/png, 7 bytes]\n[image, by its address]\n[document text/plain, 6 bytes]',
      '[assistant]\n[tool call opens] {"day":"Monday"}',
      '[user]\n[tool result] {"at":6}\n[image image/gif, by its address]',
    ].join('\n\n'),
  })
})

test('text is cut between characters', () => {
  for (const bytes of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    const text = new BoundedText(bytes)
    text.add('a😀é')
    const read = text.read()
    expect(read.isCut).toBe(bytes < 7)
    expect(read.text.isWellFormed()).toBe(true)
    expect('a😀é'.startsWith(read.text)).toBe(true)
    expect(new TextEncoder().encode(read.text).byteLength).toBeLessThanOrEqual(bytes)
  }
})

test('a block that only its own API has is named, whole and streamed', () => {
  const search: ForeignPart = { kind: 'foreign', dialect: 'anthropic-messages', name: 'search', value: {} }
  const [wholly, streaming] = [new BoundedText(100), new BoundedText(100)]
  writeParts([{ kind: 'text', text: 'a' }, search], wholly)
  writeAnswerPart({ type: 'text-delta', index: 0, text: 'a' }, streaming)
  writeAnswerPart({ type: 'block-start', index: 1, block: search }, streaming)
  writeAnswerPart({ type: 'foreign-delta', index: 1, value: {} }, streaming)
  expect([wholly, streaming].map((text) => text.read().text)).toEqual(['a\n[search]', 'a\n[search]'])
})
