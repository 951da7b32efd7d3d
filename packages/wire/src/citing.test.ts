import type { AnswerPart, Citation, DialectName } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { EventStreamDecoder } from './framing/event-stream.ts'
import { anthropicCall, converseCall, writeAnthropic, writeConverse } from './testing/calls.ts'
import { everyCut, join } from './testing/cut.ts'
import {
  about,
  claude,
  crc32,
  decode,
  decodeJson,
  dialectNamed,
  encodeJson,
  gpt,
  refusal,
  target,
} from './testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from './testing/read-all.ts'

const pdf = 'JVBERi0xLjQ='
const asked = anthropicCall({
  messages: [
    {
      role: 'user',
      content: [
        {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: pdf },
          title: 'Timetable',
          context: 'Of 1889.',
          citations: { enabled: true },
        },
        { type: 'text', text: 'When?' },
      ],
    },
  ],
})

const converseDocument = {
  format: 'pdf',
  name: 'Timetable',
  source: { bytes: pdf },
  context: 'Of 1889.',
  citations: { enabled: true },
}

it('carries a document that is to be cited between Anthropic and Converse, both ways', () => {
  const { body, warnings } = writeConverse(asked, claude(4.5))
  expect(body['messages']).toEqual([
    { role: 'user', content: [{ document: converseDocument }, { text: 'When?' }] },
  ])
  expect(warnings).toEqual([])
  const back = converseCall({
    messages: [{ role: 'user', content: [{ document: converseDocument }, { text: 'When?' }] }],
  })
  expect(writeAnthropic(back).body['messages']).toMatchObject([
    {
      role: 'user',
      content: [
        { type: 'document', title: 'Timetable', context: 'Of 1889.', citations: { enabled: true } },
        { type: 'text', text: 'When?' },
      ],
    },
  ])
})

it.each(['openai-chat', 'openai-responses', 'gemini'] as const)(
  '%s: sends the document without citations and says so; what is said of it goes before it',
  (name) => {
    const to = name === 'gemini' ? target({ format: 'gemini', family: 'gemini' }) : gpt
    const { body, warnings } = dialectNamed(name).writeRequest(asked, to)
    const text = decode(body)
    expect(text).not.toContain('citations')
    expect(text.indexOf('Of 1889.')).toBeGreaterThan(0)
    expect(text.indexOf('Of 1889.')).toBeLessThan(text.indexOf(pdf))
    expect(warnings).toEqual([
      'messages: this model does not cite documents; they were sent without citations',
    ])
  },
)

const found = {
  type: 'search_result',
  source: 'https://a.test',
  title: 'T',
  content: [
    { type: 'text', text: 'first' },
    { type: 'text', text: 'second' },
  ],
  citations: { enabled: true },
}
const foundByConverse = {
  source: 'https://a.test',
  title: 'T',
  content: [{ text: 'first' }, { text: 'second' }],
  citations: { enabled: true },
}
const call = { type: 'tool_use', id: 'a', name: 'search', input: {} }
const findings = [
  { role: 'user', content: [found, { type: 'text', text: 'Which?' }] },
  { role: 'assistant', content: [call] },
  { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [found] }] },
]

it('carries results of the caller’s own search between Anthropic and Converse, inside those of tools too', () => {
  const messages = [
    { role: 'user', content: [{ searchResult: foundByConverse }, { text: 'Which?' }] },
    { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'search', input: {} } }] },
    {
      role: 'user',
      content: [{ toolResult: { toolUseId: 'a', content: [{ searchResult: foundByConverse }] } }],
    },
  ]
  for (const from of [anthropicCall({ messages: findings }), converseCall({ messages })]) {
    const there = writeConverse(from, claude(4.5))
    expect([there.body['messages'], there.warnings]).toEqual([messages, []])
    const back = writeAnthropic(from)
    expect([back.body['messages'], back.warnings]).toEqual([findings, []])
  }
})

it('tells other models what was found as text, and that nothing of it is cited', () => {
  const asText = anthropicCall({ messages: findings })
  const told = 'T (https://a.test)\nfirst\nsecond'
  const gemini = target({ format: 'gemini', family: 'gemini' })
  for (const [name, to] of [
    ['openai-chat', gpt],
    ['openai-responses', gpt],
    ['gemini', gemini],
    ['bedrock-converse', target()],
  ] as const) {
    const { body, warnings } = dialectNamed(name).writeRequest(asText, to)
    expect(decode(body).split(JSON.stringify(told).slice(1, -1)), name).toHaveLength(3)
    expect(warnings.join(), name).toContain('this model does not cite results of a search')
  }
  const unknown = { ...found, content: [{ type: 'new_kind' }] }
  const strange = anthropicCall({ messages: [{ role: 'user', content: [unknown] }] })
  expect(refusal(() => dialectNamed('openai-chat').writeRequest(strange, gpt)).code).toBe(
    'unsupported_parameter',
  )
})

const citations: readonly Citation[] = [
  { title: 'T', url: null, quote: 'q', documentIndex: 0, place: { unit: 'characters', start: 3, end: 9 } },
  { title: 'T', url: null, quote: 'q', documentIndex: 1, place: { unit: 'pages', start: 1, end: 2 } },
  { title: 'T', url: null, quote: 'q', documentIndex: 2, place: { unit: 'blocks', start: 0, end: 4 } },
  { title: 'W', url: 'https://a.test', quote: 'q', documentIndex: null },
]
const citing: readonly DialectName[] = ['anthropic-messages', 'bedrock-converse', 'bedrock-invoke-claude']

it.each(citing)('%s: tells sources and their places in a whole answer', (name) => {
  const dialect = dialectNamed(name)
  const given = dialect.readResult(
    dialect.writeResult(
      {
        ...dialectNamed('anthropic-messages').readResult(
          encodeJson({ content: [], stop_reason: 'end_turn' }),
        ),
        parts: [{ kind: 'text', text: 'At six.', citations }],
      },
      about,
    ),
  )
  expect(given.parts).toEqual([{ kind: 'text', text: 'At six.', citations }])
})

const parts: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'text' } },
  { type: 'text-delta', index: 0, text: 'At six.' },
  ...citations.map((citation) => ({ type: 'citation', index: 0, citation }) as const),
  { type: 'block-end', index: 0 },
  { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } },
]

it.each(citing)('%s: tells them in a stream, wherever it is cut', (name) => {
  const dialect = dialectNamed(name)
  const bytes = join(writeAll(dialect.streamWriter(about), parts))
  for (const pieces of everyCut(bytes)) {
    const read = partsOf(readAll(dialect.streamReader({ mode: 'translate', hideUsage: false }), pieces))
    expect(read.flatMap((part) => (part.type === 'citation' ? [part.citation] : []))).toEqual(citations)
  }
})

it('writes the members that Converse names', () => {
  const bytes = join(writeAll(dialectNamed('bedrock-converse').streamWriter(about), parts))
  const events = new EventStreamDecoder((piece, start) => crc32(piece, start))
    .pushAll(bytes)
    .map(({ payload }) => decodeJson(payload))
  expect(events).toContainEqual({
    contentBlockIndex: 0,
    delta: {
      citation: {
        title: 'T',
        sourceContent: [{ text: 'q' }],
        location: { documentPage: { documentIndex: 1, start: 1, end: 2 } },
      },
    },
  })
})

it.each(['openai-chat', 'openai-responses'] as const)('%s: warns of sources without an address', (name) => {
  const dialect = dialectNamed(name)
  const told = (of: readonly Citation[]) => {
    const answer = dialectNamed('anthropic-messages').readResult(
      encodeJson({ content: [], stop_reason: 'end_turn' }),
    )
    return dialect.resultWarnings?.({ ...answer, parts: [{ kind: 'text', text: 'At six.', citations: of }] })
  }
  const warning = 'citations: this API tells only sources that have an address; others were left out'
  expect(told(citations)).toEqual([warning])
  expect(told(citations.slice(3))).toEqual([])
  expect(parts.map((part) => dialect.partWarning?.(part))).toEqual(
    parts.map((part) => (part.type === 'citation' && part.citation.url === null ? warning : null)),
  )
})

it('carries a document in pieces between Anthropic and Converse, and as one text elsewhere', () => {
  const pieces = ['Of 1889.', 'Of 1890.']
  const document = {
    type: 'document',
    source: { type: 'content', content: pieces.map((text) => ({ type: 'text', text })) },
    title: 'Timetable',
    citations: { enabled: true },
  }
  const ofConverse = {
    format: 'txt',
    name: 'Timetable',
    source: { content: pieces.map((text) => ({ text })) },
    citations: { enabled: true },
  }
  const question = { type: 'text', text: 'When?' }
  const there = [{ role: 'user', content: [{ document: ofConverse }, { text: 'When?' }] }]
  const here = [{ role: 'user', content: [document, question] }]
  for (const from of [anthropicCall({ messages: here }), converseCall({ messages: there })]) {
    expect(writeConverse(from, claude(4.5)).body['messages']).toEqual(there)
    expect(writeAnthropic(from).body['messages']).toEqual(here)
    const gemini = target({ format: 'gemini', family: 'gemini' })
    const { body } = dialectNamed('gemini').writeRequest(from, gemini)
    expect(decode(body)).toContain('Of 1889.\\nOf 1890.')
  }
})

const foundText = 'It is so.'
const citedByConverse = {
  title: 'T',
  source: 'shelf 3',
  sourceContent: [{ text: 'first' }],
  location: { searchResultLocation: { searchResultIndex: 1, start: 0, end: 1 } },
}
const citedByAnthropic = {
  type: 'search_result_location',
  source: 'shelf 3',
  title: 'T',
  cited_text: 'first',
  search_result_index: 1,
  start_block_index: 0,
  end_block_index: 1,
}

it('tells what of an answer rests on a result of the caller’s search, in each API’s own form', () => {
  const [anthropic, bedrock] = [dialectNamed('anthropic-messages'), dialectNamed('bedrock-converse')]
  const ofAnthropic = {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: foundText, citations: [citedByAnthropic] }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 1 },
  }
  const content = [{ citationsContent: { content: [{ text: foundText }], citations: [citedByConverse] } }]
  const ofConverse = {
    output: { message: { role: 'assistant', content } },
    stopReason: 'end_turn',
    usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  }
  for (const result of [
    anthropic.readResult(encodeJson(ofAnthropic)),
    bedrock.readResult(encodeJson(ofConverse)),
  ]) {
    expect(decodeJson(anthropic.writeResult(result, about))).toMatchObject({ content: ofAnthropic.content })
    expect(decodeJson(bedrock.writeResult(result, about))).toMatchObject({ output: ofConverse.output })
  }
  // It may go back to Anthropic as it is.
  const history = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: ofAnthropic.content },
  ]
  const body = encodeJson({ model: 'm', max_tokens: 9, messages: history })
  expect(anthropic.scanRequest(body, null).marked).toBe(false)
})
