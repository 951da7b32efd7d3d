import { readdirSync, readFileSync } from 'node:fs'
import type { DialectName } from '@pointsman/contract'
import { EventStreamCodec } from '@smithy/eventstream-codec'

/** What a good client sends: the path with `<model>` where it names one, and the body. */
export interface SampleRequest {
  readonly face: DialectName
  readonly path: string
  readonly body: unknown
  readonly streams: boolean
  readonly operation: 'chat' | 'count' | 'embed'
}

export const modelMark = '<model>'

const given = new URL('../../packages/wire/src/golden/given/', import.meta.url)

function filesOf(dialect: DialectName, kind: 'request' | 'result' | 'stream'): readonly unknown[] {
  const folder = new URL(`${dialect}/`, given)
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${kind}-`))
    .map((name): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
}

interface Place {
  readonly whole: string
  readonly stream: string
}

const bedrock = (whole: string, stream: string): Place => ({
  whole: `/model/${modelMark}/${whole}`,
  stream: `/model/${modelMark}/${stream}`,
})
const invoke = bedrock('invoke', 'invoke-with-response-stream')

const places: readonly (readonly [DialectName, Place])[] = [
  ['openai-chat', { whole: '/v1/chat/completions', stream: '/v1/chat/completions' }],
  ['openai-responses', { whole: '/v1/responses', stream: '/v1/responses' }],
  ['anthropic-messages', { whole: '/v1/messages', stream: '/v1/messages' }],
  ['bedrock-converse', bedrock('converse', 'converse-stream')],
  ['bedrock-invoke-claude', invoke],
  ['bedrock-invoke-nova', invoke],
  [
    'gemini',
    {
      whole: `/v1beta/models/${modelMark}:generateContent`,
      stream: `/v1beta/models/${modelMark}:streamGenerateContent?alt=sse`,
    },
  ],
]

const bodyNamesModel = (path: string): boolean => !path.includes(modelMark)

function chats(): readonly SampleRequest[] {
  return places.flatMap(([face, { stream, whole }]) =>
    filesOf(face, 'request').flatMap((given): readonly SampleRequest[] => {
      const named = bodyNamesModel(whole)
      const { stream: _, ...rest } = given as Readonly<Record<string, unknown>>
      const body = named ? { ...rest, model: modelMark } : rest
      return [
        { face, path: whole, body, streams: false, operation: 'chat' },
        {
          face,
          path: stream,
          body: named ? { ...body, stream: true } : body,
          streams: true,
          operation: 'chat',
        },
      ]
    }),
  )
}

function counts(): readonly SampleRequest[] {
  const base = { streams: false, operation: 'count' } as const
  const bodies = (face: DialectName): readonly object[] => filesOf(face, 'request') as readonly object[]
  const path = `/model/${modelMark}/count-tokens`
  const face = 'bedrock-converse'
  return [
    ...bodies('anthropic-messages').map((body): SampleRequest => {
      return {
        ...base,
        face: 'anthropic-messages',
        path: '/v1/messages/count_tokens',
        body: { ...body, model: modelMark },
      }
    }),
    ...bodies('openai-responses').map((body): SampleRequest => {
      return {
        ...base,
        face: 'openai-responses',
        path: '/v1/responses/input_tokens',
        body: { ...body, model: modelMark },
      }
    }),
    ...bodies('bedrock-converse').map((body): SampleRequest => {
      return { ...base, face, path, body: { input: { converse: body } } }
    }),
    ...bodies('bedrock-invoke-claude').map((body): SampleRequest => {
      const packed = Buffer.from(JSON.stringify(body)).toString('base64')
      return { ...base, face, path, body: { input: { invokeModel: { body: packed } } } }
    }),
    ...bodies('gemini').flatMap((body): readonly SampleRequest[] => {
      const place = { ...base, face: 'gemini', path: `/v1beta/models/${modelMark}:countTokens` } as const
      return [
        { ...place, body: { contents: (body as { readonly contents: unknown }).contents } },
        { ...place, body: { generateContentRequest: { ...body, model: `models/${modelMark}` } } },
      ]
    }),
  ]
}

function embeddings(): readonly SampleRequest[] {
  const base = { streams: false, operation: 'embed' } as const
  const openai = { ...base, face: 'openai-chat', path: '/v1/embeddings' } as const
  const gemini = (verb: string) =>
    ({ ...base, face: 'gemini', path: `/v1beta/models/${modelMark}:${verb}` }) as const
  const native = (face: DialectName) => ({ ...base, face, path: invoke.whole })
  const one = (text: string) => ({
    model: `models/${modelMark}`,
    content: { parts: [{ text }] },
    taskType: 'RETRIEVAL_QUERY',
    outputDimensionality: 256,
  })
  return [
    { ...openai, body: { model: modelMark, input: 'é' } },
    {
      ...openai,
      body: { model: modelMark, input: ['a', 'é'], dimensions: 256, encoding_format: 'base64', user: 'u' },
    },
    { ...gemini('embedContent'), body: one('é') },
    { ...gemini('batchEmbedContents'), body: { requests: [one('a'), one('é')] } },
    { ...native('bedrock-invoke-titan'), body: { inputText: 'é', dimensions: 256, normalize: true } },
    {
      ...native('bedrock-invoke-cohere'),
      body: { texts: ['a', 'é'], input_type: 'search_query', truncate: 'END', embedding_types: ['float'] },
    },
  ]
}

/** Streams of Gemini's that do not ask for events: they come as one list. */
const plainStreams = (): readonly SampleRequest[] =>
  chats()
    .filter(({ face, streams }) => face === 'gemini' && streams)
    .map((sample) => ({ ...sample, path: sample.path.replace('?alt=sse', '') }))

function natives(): readonly SampleRequest[] {
  const base = { face: 'native-chat', path: '/functions/v1/bedrock-ai-chat', operation: 'chat' } as const
  const caller = { userId: 'u-1', conversationId: '7b0f5f0e-8f3a-4a51-9a53-0f5c1d1f7a10' }
  const bodies = [
    { ...caller, message: 'é', useCase: 'clinical' },
    { userId: 'u-1', messages: [{ role: 'user', content: 'é' }], role: 'patient' },
    { user_id: 'u-1', message: 'é', assistantType: 'health' },
  ]
  return bodies.flatMap((body): readonly SampleRequest[] => [
    { ...base, body, streams: false },
    { ...base, body: { ...body, stream: true }, streams: true },
  ])
}

export const sampleRequests: readonly SampleRequest[] = [
  ...chats(),
  ...plainStreams(),
  ...natives(),
  ...counts(),
  ...embeddings(),
]

const encoder = new TextEncoder()
const codec = new EventStreamCodec(
  () => {
    throw new Error('nothing is decoded here')
  },
  (text) => encoder.encode(text),
)

export type SampleEvent = string | readonly [string, unknown]

/** Binary frames by the vendor's own codec; `chunk` holds its event as base64. */
export function encodeEvent(
  event: SampleEvent,
  writeJson: (value: unknown) => string = JSON.stringify,
): Uint8Array {
  if (typeof event === 'string') return encoder.encode(event)
  const [name, payload] = event
  const kind = name.endsWith('Exception') ? 'exception' : 'event'
  const text = writeJson(payload)
  const body = name === 'chunk' ? JSON.stringify({ bytes: Buffer.from(text).toString('base64') }) : text
  return codec.encode({
    headers: {
      ':message-type': { type: 'string', value: kind },
      [`:${kind}-type`]: { type: 'string', value: name },
      ':content-type': { type: 'string', value: 'application/json' },
    },
    body: encoder.encode(body),
  })
}

/** What a vendor answers at a path. */
export interface SampleAnswers {
  readonly contentType: string
  /** Whole bodies, or streams as lists of events. */
  readonly whole: readonly unknown[]
  readonly streams: readonly (readonly SampleEvent[])[]
}

const streamsOf = (dialect: DialectName): readonly (readonly SampleEvent[])[] =>
  filesOf(dialect, 'stream') as readonly (readonly SampleEvent[])[]

const wholeOnly = (...whole: readonly unknown[]): SampleAnswers => ({
  contentType: 'application/json',
  whole,
  streams: [],
})
const chatOf = (dialect: DialectName): SampleAnswers => ({
  contentType: 'application/json',
  whole: filesOf(dialect, 'result'),
  streams: [],
})
const streamOf = (dialect: DialectName, contentType = 'text/event-stream'): SampleAnswers => ({
  contentType,
  whole: [],
  streams: streamsOf(dialect),
})
const aws = 'application/vnd.amazon.eventstream'
const vector = [0.1, -1e-7]
const openaiVectors = {
  object: 'list',
  data: [
    { object: 'embedding', index: 0, embedding: vector },
    { object: 'embedding', index: 1, embedding: vector },
  ],
  usage: { prompt_tokens: 2, total_tokens: 2 },
}

const both = (one: SampleAnswers, other: SampleAnswers): SampleAnswers => ({
  contentType: one.contentType,
  whole: [...one.whole, ...other.whole],
  streams: [...one.streams, ...other.streams],
})

/** By how the path ends; `stream` where the body asks for one. */
export const sampleAnswers: readonly (readonly [
  RegExp,
  { readonly whole: SampleAnswers; readonly stream: SampleAnswers },
])[] = [
  [/\/chat\/completions$/, { whole: chatOf('openai-chat'), stream: streamOf('openai-chat') }],
  [/\/responses$/, { whole: chatOf('openai-responses'), stream: streamOf('openai-responses') }],
  [/\/messages$/, { whole: chatOf('anthropic-messages'), stream: streamOf('anthropic-messages') }],
  ...alike(/\/converse$/, chatOf('bedrock-converse')),
  ...alike(/\/converse-stream$/, streamOf('bedrock-converse', aws)),
  ...alike(
    /embed[^/]*\/invoke$/,
    wholeOnly(
      { embedding: vector, inputTextTokenCount: 3 },
      { embeddings: [vector, vector], id: '1', response_type: 'embeddings_floats', texts: ['a', 'é'] },
      { embeddings: { float: [vector] }, id: '1', response_type: 'embeddings_by_type' },
    ),
  ),
  ...alike(/\/invoke$/, both(chatOf('bedrock-invoke-claude'), chatOf('bedrock-invoke-nova'))),
  ...alike(
    /\/invoke-with-response-stream$/,
    both(streamOf('bedrock-invoke-claude', aws), streamOf('bedrock-invoke-nova', aws)),
  ),
  ...alike(/:generateContent$/, chatOf('gemini')),
  ...alike(/:streamGenerateContent/, streamOf('gemini')),
  ...alike(/\/count_tokens$/, wholeOnly({ input_tokens: 3 })),
  ...alike(/\/input_tokens$/, wholeOnly({ object: 'response.input_tokens', input_tokens: 3 })),
  ...alike(/\/count-tokens$/, wholeOnly({ inputTokens: 3 })),
  ...alike(/:countTokens$/, wholeOnly({ totalTokens: 3 })),
  ...alike(/\/embeddings$/, wholeOnly(openaiVectors)),
  ...alike(/:embedContent$/, wholeOnly({ embedding: { values: vector } })),
  ...alike(/:batchEmbedContents$/, wholeOnly({ embeddings: [{ values: vector }, { values: vector }] })),
]

function alike(
  path: RegExp,
  answers: SampleAnswers,
): readonly (readonly [RegExp, { readonly whole: SampleAnswers; readonly stream: SampleAnswers }])[] {
  return [[path, { whole: answers, stream: answers }]]
}
