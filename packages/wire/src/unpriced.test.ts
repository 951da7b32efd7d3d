import { crc32 } from 'node:zlib'
import type { DialectName, ToldUsage } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import { createDialects } from './dialects.ts'
import { smithyFrame } from './testing/smithy.ts'

const encoder = new TextEncoder()
const dialects = createDialects({ crc32 })

function dialect(name: DialectName) {
  const found = dialects.get(name)
  if (found === undefined) throw new Error(`there is no dialect ${name}`)
  return found
}

const readWhole = (name: DialectName, answer: object): ToldUsage =>
  dialect(name).readResult(encoder.encode(JSON.stringify(answer))).usage

/** As the last part tells it. */
function readStreamed(name: DialectName, mode: 'relay' | 'translate', events: readonly object[]) {
  const reader = dialect(name).streamReader({ mode, hideUsage: false })
  const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  const parts = [...reader.push(encoder.encode(text)), ...reader.end()].flatMap((frame) => frame.parts)
  return parts.findLast((part) => part.type === 'usage')?.usage
}

const beside = (what: string): string =>
  `usage: ${what} may be billed beside the tokens; the cost is of the tokens alone`

interface Told {
  readonly name: DialectName
  readonly whole: object
  readonly events: readonly object[]
  readonly unpriced: readonly string[]
}

const usage = { input_tokens: 9, output_tokens: 2 }
const searched = { ...usage, server_tool_use: { web_search_requests: 3, web_fetch_requests: 1 } }
const container = { id: 'container_1', expires_at: '2026-11-27T00:00:00Z' }
const claude: Told = {
  name: 'anthropic-messages',
  whole: { type: 'message', content: [], stop_reason: 'end_turn', usage: searched, container },
  events: [
    { type: 'message_start', message: { content: [], usage } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', container }, usage: searched },
    { type: 'message_stop' },
  ],
  unpriced: [beside('web_search (3)'), beside('code_execution (1)')],
}

const response = {
  ...{ status: 'completed', error: null, usage },
  output: [
    ...[{ type: 'web_search_call' }, { type: 'web_search_call' }, { type: 'code_interpreter_call' }],
    ...[{ type: 'function_call', name: 'f', call_id: 'c', arguments: '{}' }, { type: 'mcp_call' }],
  ],
}
const responses: Told = {
  name: 'openai-responses',
  whole: response,
  events: [{ type: 'response.completed', response }],
  unpriced: [beside('web_search (2)'), beside('code_interpreter (1)')],
}

const usageMetadata = { promptTokenCount: 9, candidatesTokenCount: 2, totalTokenCount: 11 }
const content = { role: 'model', parts: [{ text: 'Well.' }] }
const grounding = (...webSearchQueries: readonly string[]) => ({ groundingMetadata: { webSearchQueries } })
const maps = { groundingMetadata: { groundingChunks: [{ maps: { uri: 'https://maps.google.com' } }] } }
const gemini: Told = {
  name: 'gemini',
  whole: {
    candidates: [{ content, finishReason: 'STOP', ...grounding('one', '', 'two', 'one') }],
    usageMetadata,
  },
  events: [
    { candidates: [{ content, ...grounding('one', '') }], usageMetadata },
    { candidates: [{ content, finishReason: 'STOP', ...grounding('one', 'two') }], usageMetadata },
  ],
  unpriced: [beside('Google Search (2)')],
}
const onMaps: Told = {
  name: 'gemini',
  whole: { candidates: [{ content, finishReason: 'STOP', ...maps }], usageMetadata },
  events: [{ candidates: [{ content, finishReason: 'STOP', ...maps }], usageMetadata }],
  unpriced: [beside('Google Maps (1)')],
}

const cited = { type: 'url_citation', url_citation: { url: 'https://example.com', title: 'A page' } }
const chatUsage = { prompt_tokens: 9, completion_tokens: 2 }
const chat: Told = {
  name: 'openai-chat',
  whole: {
    choices: [{ finish_reason: 'stop', message: { content: 'Well.', annotations: [cited, cited] } }],
    usage: chatUsage,
  },
  events: [
    { choices: [{ index: 0, delta: { content: 'Well' } }] },
    { choices: [{ index: 0, delta: { content: '.' } }] },
    { choices: [{ index: 0, delta: { annotations: [cited, cited] } }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { choices: [], usage: chatUsage },
  ],
  unpriced: [beside('web_search (1)')],
}

const server = (name: string) => ({ toolUse: { toolUseId: 't', name, input: {}, type: 'server_tool_use' } })
const own = { toolUse: { toolUseId: 'o', name: 'look_up', input: {} } }
const converseUsage = { inputTokens: 9, outputTokens: 2, totalTokens: 11 }

const eventFrame = (name: string, payload: object): Uint8Array =>
  smithyFrame(
    { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' },
    encoder.encode(JSON.stringify(payload)),
  )

describe('what Bedrock bills by the call', () => {
  const unpriced = [beside('nova_grounding (2)')]
  const uses = [server('nova_grounding'), own, server('nova_grounding')]

  test('is told of a whole answer', () => {
    const answer = (content: readonly object[]) => ({
      ...{ output: { message: { content } }, stopReason: 'end_turn' },
      usage: converseUsage,
    })
    expect(readWhole('bedrock-converse', answer(uses)).unpriced).toEqual(unpriced)
    expect(readWhole('bedrock-converse', answer([own]))).not.toHaveProperty('unpriced')
  })

  test.each(['relay', 'translate'] as const)('is told of a stream: %s', (mode) => {
    const reader = dialect('bedrock-converse').streamReader({ mode, hideUsage: false })
    const frames = [
      eventFrame('messageStart', { role: 'assistant' }),
      ...uses.flatMap((start, contentBlockIndex) => [
        eventFrame('contentBlockStart', { contentBlockIndex, start }),
        eventFrame('contentBlockStop', { contentBlockIndex }),
      ]),
      eventFrame('messageStop', { stopReason: 'end_turn' }),
      eventFrame('metadata', { usage: converseUsage }),
    ]
    const parts = frames.flatMap((frame) => reader.push(frame)).flatMap((frame) => frame.parts)
    expect(parts.findLast((part) => part.type === 'usage')?.usage.unpriced).toEqual(unpriced)
  })
})

describe('what a guardrail looked at', () => {
  const looked = (usage: object) => ({ invocationMetrics: { guardrailProcessingLatency: 9, usage } })
  const trace = {
    guardrail: {
      inputAssessment: {
        g1: looked({
          topicPolicyUnits: 1,
          contentPolicyUnits: 2,
          wordPolicyUnits: 5,
          contentPolicyImageUnits: 1,
        }),
      },
      outputAssessments: {
        g1: [looked({ sensitiveInformationPolicyUnits: 3, sensitiveInformationPolicyFreeUnits: 7 }), {}],
      },
    },
  }
  const unpriced = [beside('guardrail units (7)')]
  const answer = {
    ...{ output: { message: { content: [{ text: 'Well.' }] } }, stopReason: 'end_turn' },
    usage: converseUsage,
  }

  test('is told where the answer has its trace', () => {
    expect(readWhole('bedrock-converse', { ...answer, trace }).unpriced).toEqual(unpriced)
    expect(readWhole('bedrock-converse', { ...answer, trace: { promptRouter: {} } })).not.toHaveProperty(
      'unpriced',
    )
  })

  test.each(['relay', 'translate'] as const)('is told of a stream: %s', (mode) => {
    const reader = dialect('bedrock-converse').streamReader({ mode, hideUsage: false })
    const frames = [
      eventFrame('messageStart', { role: 'assistant' }),
      eventFrame('messageStop', { stopReason: 'end_turn' }),
      eventFrame('metadata', { usage: converseUsage, trace }),
    ]
    const parts = frames.flatMap((frame) => reader.push(frame)).flatMap((frame) => frame.parts)
    expect(parts.findLast((part) => part.type === 'usage')?.usage.unpriced).toEqual(unpriced)
  })
})

describe('what a vendor bills by the call', () => {
  test.each([claude, responses, gemini, onMaps, chat])('is told of a whole answer: $name', (told) => {
    expect(readWhole(told.name, told.whole).unpriced).toEqual(told.unpriced)
  })

  test.each(
    [claude, responses, gemini, onMaps, chat].flatMap((told) => [
      { ...told, mode: 'relay' as const },
      { ...told, mode: 'translate' as const },
    ]),
  )('is told of a stream: $name, $mode', (told) => {
    expect(readStreamed(told.name, told.mode, told.events)?.unpriced).toEqual(told.unpriced)
  })

  test('is not told of answers without any', () => {
    const none = { server_tool_use: { web_search_requests: 0 } }
    expect(
      readWhole('anthropic-messages', { ...claude.whole, usage: { ...usage, ...none }, container: null }),
    ).not.toHaveProperty('unpriced')
    expect(readWhole('openai-responses', { ...response, output: [] })).not.toHaveProperty('unpriced')
    expect(
      readWhole('gemini', { candidates: [{ content, finishReason: 'STOP' }], usageMetadata }),
    ).not.toHaveProperty('unpriced')
  })
})

const atText = (tokens: number, kind: string): string =>
  `usage: ${tokens} tokens of ${kind} are reckoned at the rate of text; some models bill more for them`

const kinds = {
  ...usageMetadata,
  promptTokensDetails: [
    { modality: 'TEXT', tokenCount: 4 },
    { modality: 'AUDIO', tokenCount: 5 },
    { modality: 'IMAGE', tokenCount: 7 },
  ],
  candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 2 }],
}
const choices = [
  { index: 0, finish_reason: 'stop', message: { content: 'Well.' }, delta: { content: 'Well.' } },
]
const heard = {
  ...{ prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { audio_tokens: 5 } },
  completion_tokens_details: { audio_tokens: 3 },
}

describe('tokens that are not of text', () => {
  const candidates = [{ content, finishReason: 'STOP', ...grounding('one') }]
  const ofGemini = { candidates, usageMetadata: kinds }
  const ofOpenai = { object: 'chat.completion', choices, usage: heard }

  test.each<{ name: DialectName; answer: object; unpriced: readonly string[] }>([
    {
      ...{ name: 'gemini', answer: ofGemini },
      unpriced: [atText(5, 'audio'), atText(2, 'images'), beside('Google Search (1)')],
    },
    { name: 'openai-chat', answer: ofOpenai, unpriced: [atText(8, 'audio')] },
  ])('are told, whole and streamed: $name', ({ answer, name, unpriced }) => {
    expect(readWhole(name, answer).unpriced).toEqual(unpriced)
    for (const mode of ['relay', 'translate'] as const)
      expect(readStreamed(name, mode, [answer])?.unpriced).toEqual(unpriced)
  })
})
