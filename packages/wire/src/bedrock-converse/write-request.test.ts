import { ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { expect, it } from 'vitest'

import { awsClient } from '../testing/aws-client.ts'
import { converseCall, openaiCall, refusedByConverse, writeConverse } from '../testing/calls.ts'
import { claude, decodeJson, dialects, encodeJson } from '../testing/dialects-for-tests.ts'

const { bedrockConverse } = dialects
const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }

it('writes an OpenAI conversation with tools as Bedrock wants it', () => {
  const { body, warnings } = writeConverse(
    openaiCall({
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Oslo?' },
            { type: 'image_url', image_url: { url: 'data:image/jpg;base64,aGk=' } },
          ],
        },
        {
          role: 'assistant',
          content: '',
          tool_calls: [
            {
              id: 'call_1',
              type: 'function',
              function: { name: 'weather', arguments: '{"city":"Oslo","id":12345678901234567890}' },
            },
            { id: 'call/2', type: 'function', function: { name: 'weather', arguments: '' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'cold' },
        { role: 'tool', tool_call_id: 'call/2', content: '' },
        { role: 'user', content: 'and?' },
      ],
      tools: [weather],
      tool_choice: 'required',
      max_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      stop: 'END',
    }),
  )
  const id = (body['messages'] as { content: { toolUse?: { toolUseId: string } }[] }[])[1]?.content[1]
    ?.toolUse?.toolUseId
  expect(id).toMatch(/^call_[0-9a-f]{16}$/)
  expect(body).toEqual({
    messages: [
      {
        role: 'user',
        content: [{ text: 'Oslo?' }, { image: { format: 'jpeg', source: { bytes: 'aGk=' } } }],
      },
      {
        role: 'assistant',
        content: [
          {
            toolUse: {
              toolUseId: 'call_1',
              name: 'weather',
              input: { city: 'Oslo', id: 12345678901234567890 },
            },
          },
          { toolUse: { toolUseId: id, name: 'weather', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'call_1', content: [{ text: 'cold' }] } },
          { toolResult: { toolUseId: id, content: [{ text: '(empty)' }] } },
          { text: 'and?' },
        ],
      },
    ],
    system: [{ text: 'Be brief.' }],
    inferenceConfig: { maxTokens: 100, temperature: 0.5, topP: 0.9, stopSequences: ['END'] },
    toolConfig: {
      tools: [{ toolSpec: { name: 'weather', inputSchema: { json: { type: 'object' } } } }],
      toolChoice: { any: {} },
    },
  })
  expect(warnings).toEqual([expect.stringContaining('(empty)')])
})

it('writes back what the official client sent, for a model that takes it all', async () => {
  let sent = new Uint8Array()
  const client = awsClient(
    {
      status: 200,
      headers: { 'content-type': 'application/json' },
      pieces: [encodeJson({ output: { message: { role: 'assistant', content: [] } } })],
    },
    (_, body) => {
      sent = new Uint8Array(body)
    },
  )
  const bytes = new Uint8Array([1, 2, 3])
  await client.send(
    new ConverseCommand({
      modelId: 'eu.anthropic.claude-sonnet-4-6',
      system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
      messages: [
        {
          role: 'user',
          content: [
            { text: 'Look' },
            { image: { format: 'png', source: { bytes } } },
            { document: { format: 'pdf', name: 'A (1)', source: { bytes } } },
            { document: { format: 'txt', name: 'B', source: { text: 'plain' } } },
            {
              image: {
                format: 'png',
                source: { s3Location: { uri: 's3://b/k', bucketOwner: '123456789012' } },
              },
            },
            { video: { format: 'mp4', source: { bytes } } },
            { cachePoint: { type: 'default', ttl: '1h' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
            { reasoningContent: { redactedContent: bytes } },
            { toolUse: { toolUseId: 't-1', name: 'f', input: { a: [1, null, 'x'] } } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              toolResult: {
                toolUseId: 't-1',
                status: 'error',
                content: [{ text: 'no' }, { json: { a: 1 } }],
              },
            },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 9, temperature: 0.5, stopSequences: ['x'] },
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: 'f',
              description: 'd',
              inputSchema: { json: { type: 'object', additionalProperties: false } },
              strict: true,
            },
          },
          { cachePoint: { type: 'default' } },
        ],
        toolChoice: { tool: { name: 'f' } },
      },
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: {
            jsonSchema: {
              schema: '{"type":"object","additionalProperties":false}',
              name: 'n',
              description: 'd',
            },
          },
        },
      },
      additionalModelRequestFields: { top_k: 5, anthropic_beta: ['b'] },
      additionalModelResponseFieldPaths: ['/stop_sequence'],
      guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' },
      requestMetadata: { team: 'x y' },
      performanceConfig: { latency: 'standard' },
      serviceTier: { type: 'default' },
    }),
  )
  const scanned = bedrockConverse.scanRequest(sent, false)
  const { body, warnings } = writeConverse(bedrockConverse.readRequest(scanned), claude(4.6))
  expect(body).toEqual(decodeJson(sent))
  expect(warnings).toEqual([])
})

it('warns of what may be left out, once each, and bounds the list', () => {
  const { warnings } = writeConverse(
    openaiCall({
      seed: 1,
      frequency_penalty: 1,
      presence_penalty: 1,
      user: 'u',
      store: true,
      verbosity: 'low',
      service_tier: 'scale',
      prediction: { type: 'content', content: 'x' },
      'näw\nfield': 1,
    }),
  )
  expect(warnings.map((warning) => warning.split(':')[0])).toEqual([
    'user',
    'store',
    'verbosity',
    'service_tier',
    'prediction',
    'n?w?field',
    'seed',
    'frequency_penalty',
    'presence_penalty',
  ])
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field${index}`, 1]))
  const bounded = writeConverse(openaiCall(many)).warnings
  expect(bounded).toHaveLength(21)
  expect(bounded.at(-1)).toBe('and 980 more')
})

it('asks for the tier in its own words', () => {
  expect(writeConverse(openaiCall({ service_tier: 'flex' })).body['serviceTier']).toEqual({ type: 'flex' })
  expect(writeConverse(openaiCall({ service_tier: 'default' })).body['serviceTier']).toEqual({
    type: 'default',
  })
  expect(writeConverse(openaiCall({ service_tier: 'auto' })).body['serviceTier']).toBeUndefined()
})

it('refuses what would change the answer', () => {
  for (const more of [
    { logprobs: true },
    { logit_bias: { a: 1 } },
    { web_search_options: { search_context_size: 'low' } },
    { response_format: { type: 'json_object' } },
  ]) {
    expect(refusedByConverse(openaiCall(more)).code).toBe('unsupported_parameter')
  }
  const schema = {
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } },
  }
  expect(refusedByConverse(openaiCall(schema)).code).toBe('unsupported_parameter')
  expect(writeConverse(openaiCall(schema), claude(4.6)).body['outputConfig']).toEqual({
    textFormat: {
      type: 'json_schema',
      structure: { jsonSchema: { schema: '{"type":"object","additionalProperties":false}', name: 'n' } },
    },
  })
})

it('labels only what Bedrock takes as labels', () => {
  const labels = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`label-${index}`, `${index}`]))
  const { body, warnings } = writeConverse(
    openaiCall({ metadata: { ümlaut: 'x', long: 'x'.repeat(257), ok: 'a b:c', ...labels } }),
  )
  expect(Object.keys(body['requestMetadata'] as object)).toHaveLength(16)
  expect(body['requestMetadata']).toMatchObject({ ok: 'a b:c' })
  expect(warnings).toHaveLength(4)
})

it('lowers what is more than a model takes, and says so', () => {
  const { body, warnings } = writeConverse(openaiCall({ max_tokens: 50_000, temperature: 1.7 }))
  expect(body['inferenceConfig']).toEqual({ maxTokens: 10_000, temperature: 1 })
  expect(warnings).toHaveLength(2)
})

it('writes system blocks and tools back that only Bedrock knows', () => {
  const body = {
    system: [{ text: 'a' }, { guardContent: { text: { text: 'x' } } }],
    toolConfig: { tools: [{ systemTool: { name: 'nova_grounding' } }] },
    messages: [
      { role: 'user', content: [{ text: 'a' }] },
      { role: 'assistant', content: [{ toolUse: { toolUseId: 't', name: 'f', input: {} } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 't', content: [{ json: {} }] } }] },
    ],
  }
  expect(writeConverse(converseCall(body))).toEqual({ body, warnings: [] })
  const later = { role: 'system', content: [{ text: 'b' }] }
  const moved = writeConverse(converseCall({ ...body, messages: [...body.messages, later] }))
  expect(moved.body['system']).toEqual([...body.system, { text: 'b' }])
  expect(moved.warnings).toEqual([expect.stringContaining('moved to its front')])
})
