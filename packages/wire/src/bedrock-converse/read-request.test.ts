import type { ChatCall } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { dialects, encodeJson, refusal } from '../testing/dialects-for-tests.ts'

const { bedrockConverse } = dialects
const read = (body: object): ChatCall =>
  bedrockConverse.readRequest(
    bedrockConverse.scanRequest(
      encodeJson({ messages: [{ role: 'user', content: [{ text: 'hi' }] }], ...body }),
      false,
    ),
  )
const parts = (...content: object[]) => read({ messages: [{ role: 'user', content }] }).messages[0]?.parts

it('reads every kind of block', () => {
  expect(
    parts(
      { text: 'a' },
      { image: { format: 'jpeg', source: { bytes: 'aGk=' } } },
      { image: { format: 'png', source: { s3Location: { uri: 's3://b/k', bucketOwner: '1' } } } },
      { document: { format: 'pdf', name: 'a', source: { bytes: 'aGk=' } } },
      { document: { name: 'b', source: { text: 'plain' } } },
      { toolUse: { toolUseId: 't', name: 'f', input: { b: 1, a: [] } } },
      {
        toolResult: {
          toolUseId: 't',
          status: 'error',
          content: [
            { text: 'x' },
            { json: { y: 1 } },
            { image: { format: 'gif', source: { bytes: 'aGk=' } } },
          ],
        },
      },
      { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
      { reasoningContent: { redactedContent: 'aGk=' } },
      { cachePoint: { type: 'default', ttl: '1h' } },
    ),
  ).toEqual([
    { kind: 'text', text: 'a' },
    { kind: 'image', mediaType: 'image/jpeg', source: { kind: 'base64', data: 'aGk=' } },
    { kind: 'image', mediaType: 'image/png', source: { kind: 's3', uri: 's3://b/k', bucketOwner: '1' } },
    { kind: 'document', mediaType: 'application/pdf', name: 'a', source: { kind: 'base64', data: 'aGk=' } },
    { kind: 'document', mediaType: 'text/plain', name: 'b', source: { kind: 'text', text: 'plain' } },
    { kind: 'tool-call', id: 't', name: 'f', argumentsJson: '{"b":1,"a":[]}' },
    {
      kind: 'tool-result',
      callId: 't',
      isError: true,
      content: [
        { kind: 'text', text: 'x' },
        { kind: 'json', value: { y: 1 } },
        { kind: 'image', mediaType: 'image/gif', source: { kind: 'base64', data: 'aGk=' } },
      ],
    },
    { kind: 'reasoning', text: 'hm', signature: { signer: 'anthropic', value: 's' } },
    { kind: 'redacted-reasoning', data: { signer: 'anthropic', value: 'aGk=' } },
    { kind: 'cache-mark', lifetime: '1h' },
  ])
})

it('keeps blocks that only Bedrock knows whole', () => {
  const blocks = [
    { video: { format: 'mp4', source: { bytes: 'aGk=' } } },
    { guardContent: { text: { text: 'x' } } },
    { document: { format: 'pdf', name: 'a', source: { content: [{ newPiece: 'x' }] } } },
    { toolUse: { toolUseId: 't', name: 'f', input: {}, type: 'server_tool_use' } },
    { toolResult: { toolUseId: 't', content: [{ video: {} }] } },
    { someNewBlock: { a: 1 } },
  ]
  expect(parts(...blocks)).toEqual(
    blocks.map((block) => {
      const [[name, value]] = Object.entries(block) as [[string, unknown]]
      return { kind: 'foreign', dialect: 'bedrock-converse', name, value }
    }),
  )
})

it('reads the rest of a request', () => {
  const call = read({
    system: [{ text: 'Be brief.' }, { cachePoint: { type: 'default' } }],
    inferenceConfig: { maxTokens: 5, temperature: 0.5, topP: 0.9, stopSequences: ['x'], newKnob: 1 },
    toolConfig: {
      tools: [
        {
          toolSpec: { name: 'f', description: 'd', inputSchema: { json: { type: 'object' } }, strict: true },
        },
        { cachePoint: { type: 'default', ttl: '5m' } },
      ],
      toolChoice: { tool: { name: 'f' } },
    },
    additionalModelRequestFields: {
      top_k: 7,
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      anthropic_beta: ['x'],
    },
    outputConfig: {
      textFormat: {
        type: 'json_schema',
        structure: { jsonSchema: { schema: '{"type":"object"}', name: 'n' } },
      },
    },
    requestMetadata: { team: 'x' },
    guardrailConfig: { guardrailIdentifier: 'g' },
    performanceConfig: {},
    promptVariables: null,
  })
  expect(call).toEqual({
    system: [
      { kind: 'text', text: 'Be brief.' },
      { kind: 'cache-mark', lifetime: null },
    ],
    messages: [{ role: 'user', parts: [{ kind: 'text', text: 'hi' }] }],
    tools: [
      {
        name: 'f',
        description: 'd',
        schema: { type: 'object' },
        strict: true,
        cacheMark: { kind: 'cache-mark', lifetime: '5m' },
      },
    ],
    toolChoice: { kind: 'tool', name: 'f' },
    parallelToolCalls: false,
    sampling: {
      maxTokens: 5,
      temperature: 0.5,
      topP: 0.9,
      topK: 7,
      stopSequences: ['x'],
      seed: null,
      frequencyPenalty: null,
      presencePenalty: null,
      logprobs: null,
    },
    serviceTier: null,
    responseFormat: {
      kind: 'json-schema',
      name: 'n',
      description: null,
      schema: { type: 'object' },
      strict: true,
    },
    reasoning: { effort: null, budgetTokens: 2_000, summary: null },
    metadata: { team: 'x' },
    stream: false,
    streamUsage: true,
    extras: {
      guardrailConfig: { guardrailIdentifier: 'g' },
      'inferenceConfig.newKnob': 1,
      additionalModelRequestFields: { anthropic_beta: ['x'] },
    },
  })
})

it('reads reasoning however a model is asked for it', () => {
  const reasoning = (body: object) => read(body).reasoning
  const fields = (additionalModelRequestFields: object) => reasoning({ additionalModelRequestFields })
  expect(fields({ thinking: { type: 'adaptive' }, output_config: { effort: 'max' } })).toEqual({
    effort: 'max',
    budgetTokens: null,
    summary: null,
  })
  expect(fields({ thinking: { type: 'disabled' } })).toEqual({
    effort: 'none',
    budgetTokens: null,
    summary: null,
  })
  expect(fields({ reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } })?.effort).toBe('low')
  expect(fields({ reasoning_effort: 'high' })?.effort).toBe('high')
  expect(fields({ reasoning: { effort: 'none' } })?.effort).toBe('none')
  expect(reasoning({ outputConfig: { effort: 'low' } })?.effort).toBe('low')
  // A form that says more than we understand stays whole, for the model that it was written for.
  const thinking = { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'drop' } }
  expect(read({ additionalModelRequestFields: { thinking } }).extras).toEqual({
    additionalModelRequestFields: { thinking },
  })
})

it('keeps system and tools whole where they hold what only Bedrock knows', () => {
  const system = [{ text: 'a' }, { guardContent: { text: { text: 'x' } } }]
  const toolConfig = { tools: [{ systemTool: { name: 'nova_grounding' } }] }
  expect(read({ system, toolConfig })).toMatchObject({
    system: [],
    tools: [],
    extras: { system, toolConfig },
  })
})

it('moves system text out of the conversation, and says so', () => {
  const call = read({
    messages: [
      { role: 'user', content: [{ text: 'a' }] },
      { role: 'system', content: [{ text: 'b' }] },
    ],
  })
  expect(call.system).toEqual([{ kind: 'text', text: 'b', at: 1 }])
  expect(call.messages).toHaveLength(1)
  expect(call.extras).toEqual({ 'messages[1].role': 'system' })
})

it('names the field that is wrong', () => {
  const block = (value: unknown) => ({ messages: [{ role: 'user', content: [value] }] })
  const cases: readonly (readonly [object, string])[] = [
    [block({}), 'messages[0].content[0]'],
    [block({ text: 'a', image: {} }), 'messages[0].content[0]'],
    [block({ text: 1 }), 'messages[0].content[0].text'],
    [block({ image: { source: { bytes: 'aGk=' } } }), 'messages[0].content[0].image.format'],
    [
      block({ image: { format: 'png', source: { bytes: '*' } } }),
      'messages[0].content[0].image.source.bytes',
    ],
    [
      block({ document: { format: 'pdf', source: { bytes: 'aGk=' } } }),
      'messages[0].content[0].document.name',
    ],
    [block({ toolUse: { toolUseId: 't', name: 'f' } }), 'messages[0].content[0].toolUse.input'],
    [block({ toolUse: { toolUseId: 't', name: 'f', input: [] } }), 'messages[0].content[0].toolUse.input'],
    [
      block({ toolResult: { toolUseId: 't', content: [{}] } }),
      'messages[0].content[0].toolResult.content[0]',
    ],
    [
      block({ toolResult: { toolUseId: 't', content: [], status: 'so' } }),
      'messages[0].content[0].toolResult.status',
    ],
    [block({ cachePoint: { type: 'default', ttl: '2h' } }), 'messages[0].content[0].cachePoint.ttl'],
    [{ messages: [{ role: 'tool', content: [] }] }, 'messages[0].role'],
    [{ inferenceConfig: { maxTokens: 0 } }, 'inferenceConfig.maxTokens'],
    [{ inferenceConfig: { temperature: 1.5 } }, 'inferenceConfig.temperature'],
    [{ inferenceConfig: { stopSequences: [1] } }, 'inferenceConfig.stopSequences[0]'],
    [{ toolConfig: {} }, 'toolConfig.tools'],
    [{ toolConfig: { tools: [{ toolSpec: { name: 'f' } }] } }, 'toolConfig.tools[0].toolSpec.inputSchema'],
    [{ toolConfig: { tools: [], toolChoice: { some: {} } } }, 'toolConfig.toolChoice'],
    [{ requestMetadata: { a: 1 } }, 'requestMetadata.a'],
    [{ additionalModelRequestFields: [] }, 'additionalModelRequestFields'],
    [
      { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{' } } } } },
      'outputConfig.textFormat.structure.jsonSchema.schema',
    ],
  ]
  for (const [body, field] of cases) {
    const error = refusal(() => read(body))
    expect([field, error.code, error.details.field]).toEqual([field, 'invalid_request', field])
  }
})
