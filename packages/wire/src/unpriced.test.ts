import { crc32 } from 'node:zlib'
import type { DialectName, ToldUsage } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import { createDialects } from './dialects.ts'

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

describe('what a vendor bills by the call', () => {
  test.each([claude, responses, gemini, onMaps])('is told of a whole answer: $name', (told) => {
    expect(readWhole(told.name, told.whole).unpriced).toEqual(told.unpriced)
  })

  test.each(
    [claude, responses, gemini, onMaps].flatMap((told) => [
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
