import type { AnswerPart } from '@pointsman/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { everyCut, join, randomCut } from '../testing/cut.ts'
import { decode, dialects, encode, refusal } from '../testing/dialects-for-tests.ts'
import { partsOf, readAll } from '../testing/read-all.ts'

const { openaiChat } = dialects
const chunk = (delta: object, more: object = {}, rest: object = {}): string =>
  `data: ${JSON.stringify({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4o',
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
    ...rest,
  })}\n\n`
const usageChunk = `data: ${JSON.stringify({
  object: 'chat.completion.chunk',
  choices: [],
  usage: {
    prompt_tokens: 10,
    completion_tokens: 4,
    total_tokens: 14,
    prompt_tokens_details: { cached_tokens: 6 },
  },
})}\n\n`
const done = 'data: [DONE]\n\n'

const golden = [
  chunk({ role: 'assistant', content: '', refusal: null }, {}, { usage: null }),
  ': keep-alive\n\n',
  chunk({ reasoning_content: 'h\u{1f914}m' }),
  chunk({ content: 'Grüße ' }, {}, { usage: null }),
  chunk({ content: '"usage":{"prompt_tokens":1} \\ 👩‍👩‍👧 e\u0301' }),
  chunk({
    tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }],
  }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
  chunk({
    tool_calls: [{ index: 1, id: 'call_2', type: 'function', function: { name: 'g', arguments: '{}' } }],
  }),
  chunk({}, { finish_reason: 'tool_calls' }),
  usageChunk,
  done,
]
const bytes = encode(golden.join(''))

const expectedParts: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'reasoning' } },
  { type: 'reasoning-delta', index: 0, text: 'h\u{1f914}m' },
  { type: 'block-end', index: 0 },
  { type: 'block-start', index: 1, block: { kind: 'text' } },
  { type: 'text-delta', index: 1, text: 'Grüße ' },
  { type: 'text-delta', index: 1, text: '"usage":{"prompt_tokens":1} \\ 👩‍👩‍👧 e\u0301' },
  { type: 'block-end', index: 1 },
  { type: 'block-start', index: 2, block: { kind: 'tool-call', id: 'call_1', name: 'f' } },
  { type: 'tool-arguments-delta', index: 2, json: '{"a"' },
  { type: 'tool-arguments-delta', index: 2, json: ':1}' },
  { type: 'block-end', index: 2 },
  { type: 'block-start', index: 3, block: { kind: 'tool-call', id: 'call_2', name: 'g' } },
  { type: 'tool-arguments-delta', index: 3, json: '{}' },
  { type: 'block-end', index: 3 },
  { type: 'finish', finish: { reason: 'tool-calls', raw: 'tool_calls' } },
  {
    type: 'usage',
    usage: {
      inputTokens: 4,
      cacheReadTokens: 6,
      cacheWrite5mTokens: null,
      cacheWrite1hTokens: null,
      outputTokens: 4,
      reasoningTokens: null,
    },
    upstreamLatencyMs: null,
  },
]

const read = (mode: 'relay' | 'translate', pieces: readonly Uint8Array[]) =>
  readAll(openaiChat.streamReader({ mode, hideUsage: false }), pieces)
const readText = (text: string, mode: 'relay' | 'translate' = 'translate') => read(mode, [encode(text)])

it('reads a stream into parts', () => {
  expect(partsOf(read('translate', [bytes]))).toEqual(expectedParts)
})

it('passes a stream on byte for byte, and reads finish and usage only', () => {
  const frames = read('relay', [bytes])
  expect(join(frames.map((frame) => frame.bytes))).toEqual(bytes)
  expect(partsOf(frames)).toEqual(
    expectedParts.filter((part) => ['start', 'finish', 'usage'].includes(part.type)),
  )
  expect(frames.map((frame) => frame.role)).toEqual([
    'opening',
    'other',
    ...Array<string>(7).fill('content'),
    'closing',
    'closing',
    'closing',
  ])
})

it('reads the same however the bytes are cut, and never breaks a character', () => {
  for (const mode of ['relay', 'translate'] as const) {
    const whole = read(mode, [bytes])
    for (const pieces of everyCut(bytes)) {
      const frames = read(mode, pieces)
      expect(frames.map(({ role, parts }) => ({ role, parts }))).toEqual(
        whole.map(({ role, parts }) => ({ role, parts })),
      )
      expect(join(frames.map((frame) => frame.bytes))).toEqual(bytes)
    }
    fc.assert(
      fc.property(randomCut(bytes), (pieces) => {
        const frames = read(mode, pieces)
        expect(partsOf(frames)).toEqual(partsOf(whole))
        expect(decode(join(frames.map((frame) => frame.bytes)))).not.toContain('\ufffd')
      }),
    )
  }
})

it('finds usage beside the last choice, and without any [DONE]', () => {
  const text =
    chunk({ content: 'a' }) +
    chunk({ content: 'b' }, { finish_reason: 'stop' }, { usage: { prompt_tokens: 3, completion_tokens: 2 } })
  for (const mode of ['relay', 'translate'] as const) {
    const frames = readText(text, mode)
    expect(frames.at(-1)?.role).toBe('closing')
    expect(partsOf(frames).filter((part) => part.type === 'usage')).toMatchObject([
      { usage: { inputTokens: 3, outputTokens: 2, cacheReadTokens: null } },
    ])
    expect(partsOf(frames)).toContainEqual({ type: 'finish', finish: { reason: 'stop', raw: 'stop' } })
  }
})

it('tells an error inside the stream', () => {
  for (const mode of ['relay', 'translate'] as const) {
    const frames = readText(
      chunk({ content: 'a' }) +
        'data: {"error":{"message":"slow down","type":"rate_limit_error","code":null}}\n\n',
      mode,
    )
    expect(frames.at(-1)).toMatchObject({
      role: 'error',
      parts: [{ type: 'error', error: { name: 'rate_limit_error', message: 'slow down' } }],
    })
  }
})

it('calls a stream broken that was cut inside an event, at any byte, but for a [DONE] that is whole', () => {
  const text = chunk({ content: 'a' })
  for (let at = 1; at < text.length - 1; at += 1) {
    expect(refusal(() => readText(text.slice(0, at))).code).toBe('upstream_broken')
  }
  const frames = readText(text + 'data: [DONE]')
  expect(frames.at(-1)).toMatchObject({ role: 'closing', parts: [] })
  expect(decode(frames.at(-1)?.bytes ?? bytes)).toBe(done)
  expect(readText(`${text}\r\n`).at(-1)?.role).toBe('other')
})

it('calls an event broken whose JSON is cut, although it is only passed on', () => {
  const content = chunk({ content: 'broken "off"' }).trimEnd()
  const before = chunk({ content: 'a' })
  for (let end = 'data: '.length + 1; end < content.length; end += 1) {
    const cut = `${before}${content.slice(0, end)}\n\n`
    expect(refusal(() => readText(cut, 'relay')).code).toBe('upstream_broken')
  }
  // A line end ends the data, also where JSON would take it for space.
  expect(refusal(() => readText(`${before}data: {"choices":\n[]}\n\n`, 'relay')).code).toBe('upstream_broken')
})

it('passes events on that are written in an unusual way', () => {
  const odd = [
    chunk({ content: 'a' }),
    'data: {"choices":[{"delta":\ndata: {"content":"b"}}]}\n\n',
    'data:{"choices":[{"delta":{"content":"c"}}]}\r\n\r\n',
    'data: {"choices":[{"delta":{"content":"d"}}]}\nid: 7\n\n',
  ]
  const frames = readText(odd.join(''), 'relay')
  expect(frames.map(({ role }) => role)).toEqual(['content', 'content', 'content', 'content'])
  expect(decode(join(frames.map((frame) => frame.bytes)))).toBe(odd.join(''))
})

it('calls what is not JSON broken', () => {
  for (const data of ['{', '7', '[]', '"x"']) {
    expect(refusal(() => readText(`data: ${data}\n\n`)).code).toBe('upstream_broken')
  }
})

it('counts chunks and deltas that it does not know', () => {
  expect(partsOf(readText('data: {"object":"news"}\n\n'))).toEqual([{ type: 'unrecognised', name: 'news' }])
  expect(partsOf(readText(chunk({ audio: { data: 'x' } })))).toContainEqual({
    type: 'unrecognised',
    name: 'delta.audio',
  })
})

it('ends a refusal as a refusal', () => {
  const frames = readText(chunk({ refusal: 'No.' }) + chunk({}, { finish_reason: 'stop' }))
  expect(partsOf(frames)).toContainEqual({ type: 'finish', finish: { reason: 'refusal', raw: 'stop' } })
})

const call = (index: number, id?: string, name?: string) =>
  chunk({ tool_calls: [{ index, id, function: { name, arguments: 'x' } }] })

it('ends with its calls where the caller chose the tool and the word says no more than stop', () => {
  const frames = readText(call(0, 'a', 'f') + chunk({}, { finish_reason: 'stop' }))
  expect(partsOf(frames)).toContainEqual({ type: 'finish', finish: { reason: 'tool-calls', raw: 'stop' } })
})

it('takes the arguments of a call as the object that some servers write', () => {
  const calls = (args: unknown) =>
    chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: args } }] })
  const delta = { type: 'tool-arguments-delta', index: 0, json: '{"x":1}' }
  expect(partsOf(readText(calls({ x: 1 })))).toContainEqual(delta)
  expect(refusal(() => readText(calls(['x']))).code).toBe('upstream_broken')
})

const piece = (index: number, json: string, head: { id?: string; name?: string } = {}) =>
  chunk({ tool_calls: [{ index, id: head.id, function: { name: head.name, arguments: json } }] })
const toolsEnd = chunk({}, { finish_reason: 'tool_calls' })
/** Each block's words, in their order; every cut reads the same and keeps to the grammar. */
const blocksOf = (streamed: string): readonly string[] => {
  const whole = partsOf(readText(streamed))
  for (const pieces of everyCut(encode(streamed))) expect(partsOf(read('translate', pieces))).toEqual(whole)
  const blocks: string[] = []
  let open = -1
  for (const part of whole) {
    if (part.type === 'block-start') {
      expect(open).toBe(-1)
      open = part.index
      const { block } = part
      blocks.push(block.kind === 'tool-call' ? `${block.id}:${block.name}:` : '')
    } else if (part.type === 'text-delta' || part.type === 'tool-arguments-delta') {
      expect(part.index).toBe(open)
      blocks.push((blocks.pop() ?? '') + (part.type === 'text-delta' ? part.text : part.json))
    } else if (part.type === 'block-end') open = -1
  }
  expect(open).toBe(-1)
  return blocks
}

it('puts calls together whose pieces take turns', () => {
  const streamed = [
    piece(0, '{"x"', { id: 'a', name: 'f' }),
    piece(1, '{"y"', { id: 'b', name: 'g' }),
    piece(0, ':1}'),
    piece(1, ':2}'),
    toolsEnd,
  ]
  expect(blocksOf(streamed.join(''))).toEqual(['a:f:{"x":1}', 'b:g:{"y":2}'])
  const heads = [
    piece(0, '', { id: 'a', name: 'f' }),
    piece(1, '', { id: 'b', name: 'g' }),
    piece(1, '{}'),
    piece(0, '{}'),
    toolsEnd,
  ]
  expect(blocksOf(heads.join(''))).toEqual(['a:f:{}', 'b:g:{}'])
})

it('puts a call together around a text, and one whose name comes late', () => {
  const around = [
    piece(0, '{"x"', { id: 'a', name: 'f' }),
    chunk({ content: 'I ' }),
    chunk({ content: 'look' }),
    piece(0, ':1}'),
    chunk({ content: '.' }),
    toolsEnd,
  ]
  expect(blocksOf(around.join(''))).toEqual(['a:f:{"x":1}', 'I look.'])
  const late = [piece(0, '{"x"', { id: 'a' }), piece(0, ':1}', { name: 'f' }), toolsEnd]
  expect(blocksOf(late.join(''))).toEqual(['a:f:{"x":1}'])
})

it('keeps calls apart that have neither numbers nor ids', () => {
  const same = [piece(0, '{"x":1}', { name: 'f' }), piece(0, '{"x":2}', { name: 'f' }), toolsEnd]
  expect(blocksOf(same.join(''))).toEqual([':f:{"x":1}', ':f:{"x":2}'])
  const repeated = [piece(0, '{"x"', { name: 'f' }), piece(0, ':2}', { name: 'f' }), toolsEnd]
  expect(blocksOf(repeated.join(''))).toEqual([':f:{"x":2}'])
})

it('streams a call while it comes, and only lets others wait', () => {
  const deltas = partsOf(readText(piece(0, '{"x"', { id: 'a', name: 'f' }) + piece(0, ':1')))
  expect(deltas.filter(({ type }) => type === 'tool-arguments-delta')).toHaveLength(2)
})

it('reads one of several answers, whose pieces take turns', () => {
  const of = (index: number, content: string) => chunk({ content }, { index })
  const streamed = [
    of(0, 'On'),
    of(1, 'An'),
    of(0, 'e.'),
    of(1, 'other.'),
    chunk({}, { index: 1, finish_reason: 'stop' }),
  ]
  const parts = partsOf(readText(streamed.join('')))
  expect(parts.flatMap((part) => (part.type === 'text-delta' ? [part.text] : []))).toEqual(['On', 'e.'])
  expect(parts.some(({ type }) => type === 'finish')).toBe(false)
})

it('lets no more wait behind a call than a stream may hold back', () => {
  const open = piece(0, '{"x":', { id: 'a', name: 'f' })
  const long = chunk({ content: 'x'.repeat(600_000) })
  expect(partsOf(readText(open + long)).map(({ type }) => type)).not.toContain('text-delta')
  expect(refusal(() => readText(open + long + long)).code).toBe('upstream_broken')
  const inTurns = open + long + piece(0, '1}') + piece(1, '{"y":', { id: 'b', name: 'g' }) + long
  expect(partsOf(readText(inTurns)).filter(({ type }) => type === 'text-delta')).toHaveLength(1)
  expect(refusal(() => readText(piece(0, 'x'.repeat(1_100_000)))).code).toBe('upstream_broken')
})

it('looks at each piece of a call once, however many there are and whatever waits behind it', () => {
  const pieces = Array.from({ length: 20_000 }, () => piece(0, ',{"y":"}\\""}'))
  const begun = piece(0, '{"x":[0', { id: 'a', name: 'f' }) + chunk({ content: 'I look.' })
  const startedMs = performance.now()
  const parts = partsOf(readText(`${begun}${pieces.join('')}${piece(0, ']}')}${chunk({ content: ' So.' })}`))
  // By the square it takes half a minute.
  expect(performance.now() - startedMs).toBeLessThan(5_000)
  expect(parts.at(-1)).toMatchObject({ type: 'text-delta', text: ' So.' })
})

it('refuses a call that never gets a name, and arguments behind whole ones', () => {
  expect(refusal(() => readText(call(0, 'a') + toolsEnd)).code).toBe('upstream_broken')
  const behind =
    piece(0, '{}', { id: 'a', name: 'f' }) + piece(1, '{', { id: 'b', name: 'g' }) + piece(0, '{}')
  expect(refusal(() => readText(behind)).code).toBe('upstream_broken')
})

it('keeps calls apart that a server numbers alike, and joins one that repeats its name', () => {
  const names = (text: string) =>
    partsOf(readText(text)).flatMap((part) => (part.type === 'block-start' ? [part.block] : []))
  expect(names(call(0, 'a', 'f') + call(0, 'b', 'f') + call(0))).toEqual([
    { kind: 'tool-call', id: 'a', name: 'f' },
    { kind: 'tool-call', id: 'b', name: 'f' },
  ])
  expect(names(call(0, 'a', 'f') + call(0, 'a', 'f'))).toHaveLength(1)
})

it('takes out the frame that tells usage where the caller did not ask, and nothing else, however it is cut', () => {
  const kept = encode(golden.filter((event) => event !== usageChunk).join(''))
  for (const pieces of everyCut(bytes)) {
    const frames = readAll(openaiChat.streamReader({ mode: 'relay', hideUsage: true }), pieces)
    expect(join(frames.map((frame) => frame.bytes))).toEqual(kept)
    expect(partsOf(frames).filter((part) => part.type === 'usage')).toHaveLength(1)
  }
})

it('leaves frames of other vendors that hold usage beside an answer, or no choices and no usage', () => {
  const text =
    'data: {"choices":[],"prompt_filter_results":[]}\n\n' +
    chunk({ content: 'a' }) +
    chunk({}, { finish_reason: 'stop' }, { usage: { prompt_tokens: 3, completion_tokens: 2 } }) +
    done
  const frames = readAll(openaiChat.streamReader({ mode: 'relay', hideUsage: true }), [encode(text)])
  expect(decode(join(frames.map((frame) => frame.bytes)))).toBe(text)
})

const severalAnswers = [
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'a' }),
  chunk({ content: 'b' }, { index: 1 }),
  chunk({}, { finish_reason: 'stop' }),
  chunk({ content: 'c' }, { index: 1 }),
  chunk({}, { index: 1, finish_reason: 'length' }),
]
const finishesOf = (text: string, answers: number) =>
  partsOf(
    readAll(openaiChat.streamReader({ mode: 'relay', hideUsage: false, answers }), [encode(text)]),
  ).filter((part) => part.type === 'finish')

it('ends when all the answers that were asked for have', () => {
  for (let count = 0; count < severalAnswers.length; count += 1) {
    expect(finishesOf(severalAnswers.slice(0, count).join(''), 2)).toEqual([])
  }
  const ends = [{ type: 'finish', finish: { reason: 'length', raw: 'length' } }]
  expect(finishesOf(severalAnswers.join(''), 2)).toEqual(ends)
  expect(finishesOf(severalAnswers.join('') + done, 2)).toEqual(ends)
})

it('ends at the end mark where a server gave fewer answers than it was asked for', () => {
  const fewer = [{ type: 'finish', finish: { reason: 'stop', raw: 'stop' } }]
  const text = chunk({ content: 'a' }) + chunk({}, { finish_reason: 'stop' })
  expect(finishesOf(text, 2)).toEqual([])
  expect(finishesOf(text + done, 2)).toEqual(fewer)
  expect(finishesOf(text + done.trimEnd(), 2)).toEqual(fewer)
})

it('takes the content of every answer for content', () => {
  const second = `data: ${JSON.stringify({
    choices: [
      { index: 0, delta: {} },
      { index: 1, delta: { content: 'b' } },
    ],
  })}\n\n`
  expect(readText(second, 'relay').map(({ role }) => role)).toEqual(['content'])
})
