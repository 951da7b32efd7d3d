import { InvokeModelWithResponseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import type { AnswerPart, ChatResult } from '@pointsman/contract'
import { unknownUsage } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { awsClient } from '../testing/aws-client.ts'
import { openaiCall } from '../testing/calls.ts'
import { join } from '../testing/cut.ts'
import {
  about,
  claude,
  decodeJson,
  dialectNamed,
  encodeJson,
  refusal,
} from '../testing/dialects-for-tests.ts'
import { gathered, partsOf, readAll, writeAll } from '../testing/read-all.ts'
import { smithyFrame } from '../testing/smithy.ts'

const dialect = dialectNamed('bedrock-invoke-claude')
const messages = dialectNamed('anthropic-messages')
const body = {
  anthropic_version: 'bedrock-2023-05-31',
  anthropic_beta: ['interleaved-thinking-2025-05-14'],
  max_tokens: 9,
  messages: [{ role: 'user', content: 'hi' }],
}
const userSays = (tools: readonly object[]) => ({ model: 'm', max_tokens: 9, messages: body.messages, tools })
const written = (tools: readonly object[]) => {
  const asked = userSays(tools)
  const call = messages.readRequest(messages.scanRequest(encodeJson(asked), false))
  return dialect.writeRequest(call, claude(5.5))
}

it('sends tools of Anthropic’s own as they came, with their betas, and names itself for them', () => {
  const computer = { type: 'computer_20251124', name: 'computer', display_width_px: 9, display_height_px: 9 }
  const own = [computer, { type: 'bash_20250124', name: 'bash' }]
  expect(decodeJson(written(own).body)).toMatchObject({
    tools: own,
    anthropic_beta: ['computer-use-2025-11-24', 'computer-use-2025-01-24'],
  })
  const plain = [{ name: 'f', input_schema: { type: 'object' } }]
  expect(decodeJson(written(plain).body)).not.toHaveProperty('anthropic_beta')
  const search = { type: 'web_search_20260318', name: 'web_search' }
  expect(refusal(() => written([...own, search]))).toMatchObject({
    message: expect.stringContaining('"web_search_20260318" is not known to work on Bedrock') as string,
    details: { field: 'tools' },
  })
  const nearest = (tools: readonly object[]) =>
    messages.nearestDialect?.(messages.scanRequest(encodeJson(userSays(tools)), false))
  expect([own, plain, [search]].map(nearest)).toEqual(['bedrock-invoke-claude', null, null])
})

const scan = (from: object) => dialect.scanRequest(encodeJson(from), true)

it('sends the search for tools with its beta, and tools that are not known here where the caller has its own betas', () => {
  const regex = { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' }
  const beta = 'tool-search-tool-2025-10-19'
  for (const search of [regex, { ...regex, type: 'tool_search_tool_regex' }]) {
    expect(decodeJson(written([search]).body)).toMatchObject({ tools: [search], anthropic_beta: [beta] })
  }
  const tools = [regex, { type: 'tool_of_next_year_20270101', name: 'x' }]
  const anew = (from: object) => dialect.writeRequest(dialect.readRequest(scan(from)), claude(4.5))
  const [own] = body.anthropic_beta
  for (const [given, sent] of [
    [[own], [own, beta]],
    [
      [beta, own],
      [beta, own],
    ],
    [[], [beta]],
  ]) {
    const asked = anew({ ...body, anthropic_beta: given, tools })
    expect(decodeJson(asked.body)).toMatchObject({ tools, anthropic_beta: sent })
  }
  const { anthropic_beta: _, ...without } = body
  expect(refusal(() => anew({ ...without, tools }))).toMatchObject({ details: { field: 'tools' } })
})

const chunk = (event: object): Uint8Array =>
  smithyFrame(
    { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' },
    encodeJson({ bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'abc' }),
  )
const golden = [
  chunk({
    type: 'message_start',
    message: {
      id: 'msg_bdrk_1',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 9, output_tokens: 1 },
    },
  }),
  chunk({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  chunk({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Grüße 👩‍👩‍👧' } }),
  chunk({ type: 'content_block_stop', index: 0 }),
  chunk({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 4 },
  }),
  chunk({
    type: 'message_stop',
    'amazon-bedrock-invocationMetrics': { inputTokenCount: 9, outputTokenCount: 4, invocationLatency: 321 },
  }),
]
const read = (mode: 'relay' | 'translate', pieces: readonly Uint8Array[]) =>
  readAll(dialect.streamReader({ mode, hideUsage: false }), pieces)

it('reads Anthropic’s request less its version; the betas are the caller’s for this vendor', () => {
  const call = dialect.readRequest(scan(body))
  expect(call).toMatchObject({
    stream: true,
    sampling: { maxTokens: 9 },
    messages: [{ role: 'user', parts: [{ kind: 'text', text: 'hi' }] }],
    extras: { anthropic_beta: body.anthropic_beta },
  })
  expect(call.extras).not.toHaveProperty('anthropic_version')
  const written = dialect.writeRequest(call, claude(4.5))
  expect(decodeJson(written.body)).toEqual({
    ...body,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
  })
  expect(written.warnings).toEqual([])
})

it('gives Anthropic the betas in its header, and none that could not stand in one', () => {
  const anthropic = dialectNamed('anthropic-messages')
  const to = (betas: readonly string[]) =>
    anthropic.writeRequest(dialect.readRequest(scan({ ...body, anthropic_beta: betas })), claude(4.5))
  const written = to(['a-2026-01-01', 'b-2026-02-02'])
  expect(written).toMatchObject({ headers: ['anthropic-beta', 'a-2026-01-01,b-2026-02-02'], warnings: [] })
  expect(decodeJson(written.body)).not.toHaveProperty('anthropic_beta')
  const unfit = to(['a\r\nx-api-key: b'])
  expect(unfit.headers).toBeUndefined()
  expect(unfit.warnings).toEqual(['anthropic_beta: the API of this model has no such field; it was left out'])
})

it('writes neither model nor stream', () => {
  const { body: written } = dialect.writeRequest(openaiCall({ stream: true, max_tokens: 9 }), claude(4.5))
  expect(decodeJson(written)).toMatchObject({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 9 })
  expect(decodeJson(written)).not.toHaveProperty('model')
  expect(decodeJson(written)).not.toHaveProperty('stream')
})

it('passes the bytes as they came', () => {
  const bytes = encodeJson({ ...body, unknown_field: 1 })
  expect(dialect.passRequest(dialect.scanRequest(bytes, false), claude(4.5)).body).toEqual(bytes)
})

it('refuses betas and versions that are none', () => {
  for (const [wrong, field] of [
    [{ anthropic_version: 7 }, 'anthropic_version'],
    [{ anthropic_beta: [7] }, 'anthropic_beta[0]'],
  ] as const) {
    expect(refusal(() => dialect.readRequest(scan({ ...body, ...wrong })))).toMatchObject({
      code: 'invalid_request',
      details: { field },
    })
  }
})

it('reads streams whole or cut at every byte, and relays their bytes', () => {
  const bytes = join(golden)
  for (const mode of ['relay', 'translate'] as const) {
    const whole = read(mode, [bytes])
    expect(join(whole.map((frame) => frame.bytes))).toEqual(bytes)
    expect(
      read(
        mode,
        Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
      ),
    ).toEqual(whole)
    const told = partsOf(whole)
    expect(told.findLast((part) => part.type === 'usage')).toMatchObject({
      usage: { inputTokens: 9, outputTokens: 4 },
      upstreamLatencyMs: 321,
    })
    expect(told.filter((part) => part.type === 'finish')).toEqual([
      { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } },
    ])
    expect(whole.at(-1)?.role).toBe('closing')
  }
  expect(partsOf(read('translate', [bytes]))).toContainEqual({
    type: 'text-delta',
    index: 0,
    text: 'Grüße 👩‍👩‍👧',
  })
})

const usage = { ...unknownUsage, inputTokens: 9, outputTokens: 4 }
const parts: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'text' } },
  { type: 'text-delta', index: 0, text: 'hello' },
  { type: 'block-end', index: 0 },
  { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } },
  { type: 'usage', usage, upstreamLatencyMs: 12 },
]

it('writes streams that the AWS client opens and Anthropic’s dialect reads', async () => {
  const pieces = writeAll(dialect.streamWriter(about), parts)
  const client = awsClient({ status: 200, headers: { 'content-type': dialect.streamContentType }, pieces })
  const answer = await client.send(new InvokeModelWithResponseStreamCommand({ modelId: 'm', body: '{}' }))
  const events: unknown[] = []
  for await (const event of answer.body ?? []) events.push(decodeJson(event.chunk?.bytes ?? encodeJson(null)))
  expect(events[0]).toMatchObject({ type: 'message_start', message: { role: 'assistant' } })
  expect(events.at(-1)).toEqual({
    type: 'message_stop',
    'amazon-bedrock-invocationMetrics': { inputTokenCount: 9, outputTokenCount: 4, invocationLatency: 12 },
  })
  const back = gathered(partsOf(read('translate', pieces))).filter((part) => part.type !== 'usage')
  expect(back).toEqual(parts.slice(0, -1))
})

it('writes and reads whole answers as Anthropic’s dialect does', () => {
  const result: ChatResult = {
    parts: [{ kind: 'text', text: 'hello' }],
    finish: { reason: 'stop', raw: 'end_turn' },
    usage,
    logprobs: null,
    serviceTier: null,
    upstreamLatencyMs: null,
  }
  const written = dialect.writeResult(result, about)
  expect(decodeJson(written)).toEqual(decodeJson(messages.writeResult(result, about)))
  expect(dialect.readResult(written)).toEqual(messages.readResult(written))
})

it('takes no addresses of media, and no tier in its body', () => {
  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }
  const asked = openaiCall({ messages: [{ role: 'user', content: [image] }] })
  expect(refusal(() => dialect.writeRequest(asked, claude(4.5))).code).toBe('unsupported_parameter')
  const written = dialect.writeRequest(openaiCall({ service_tier: 'default' }), claude(4.5))
  expect(decodeJson(written.body)).not.toHaveProperty('service_tier')
  expect(written.warnings).toHaveLength(1)
})
