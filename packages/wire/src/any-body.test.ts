import { PointsmanError } from '@pointsman/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import type { Dialect } from './dialect.ts'
import {
  about,
  allDialects,
  claude,
  dialects,
  encode,
  encodeJson,
  gpt,
  target,
} from './testing/dialects-for-tests.ts'
import { readAll } from './testing/read-all.ts'

const every: readonly Dialect[] = [...allDialects.values()]
const targets = [target(), claude(4.5), claude(5.5), gpt]

/** Names that the dialects know, so that random values reach the readers behind them. */
const names = [
  ...[
    'messages',
    'role',
    'content',
    'type',
    'text',
    'image_url',
    'url',
    'file',
    'file_data',
    'tool_calls',
    'function',
  ],
  ...[
    'name',
    'arguments',
    'tools',
    'tool_choice',
    'parameters',
    'stop',
    'metadata',
    'response_format',
    'json_schema',
  ],
  ...[
    'system',
    'inferenceConfig',
    'toolConfig',
    'toolSpec',
    'inputSchema',
    'json',
    'toolUse',
    'toolUseId',
    'input',
  ],
  ...[
    'toolResult',
    'image',
    'document',
    'format',
    'source',
    'bytes',
    'cachePoint',
    'reasoningContent',
    'outputConfig',
  ],
  ...[
    'additionalModelRequestFields',
    'thinking',
    'top_k',
    'output',
    'message',
    'stopReason',
    'choices',
    'usage',
  ],
  ...[
    'contents',
    'parts',
    'systemInstruction',
    'generationConfig',
    'thinkingConfig',
    'functionDeclarations',
    'functionCall',
    'functionResponse',
    'response',
    'inlineData',
    'mimeType',
    'thought',
    'thoughtSignature',
    'candidates',
    'finishReason',
    'usageMetadata',
    'requests',
  ],
  ...[
    'finish_reason',
    'delta',
    'error',
    '__proto__',
    'constructor',
    'model',
    'stream',
    'n',
    'id',
    'tool_call_id',
  ],
]
const words = [
  'user',
  'assistant',
  'system',
  'tool',
  'text',
  'image_url',
  'function',
  'auto',
  'png',
  'data:image/png;base64,aGk=',
  'json_schema',
  '{"a":1}',
  '{',
]

const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(...words),
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie('value'), { maxKeys: 6 }),
  ),
})).value

const message = fc.record(
  {
    role: fc.constantFrom('user', 'assistant', 'system', 'tool', 'developer'),
    content: fc.oneof(
      fc.string(),
      fc.array(value, { maxLength: 3 }),
      fc.array(fc.record({ text: fc.string() }), { maxLength: 3 }),
      value,
    ),
    tool_calls: value,
    tool_call_id: fc.oneof(fc.string(), value),
  },
  { requiredKeys: ['role'] },
)
/** Of a request for a response. */
const item = fc.record(
  {
    type: fc.constantFrom('message', 'function_call', 'function_call_output', 'reasoning', 'mcp_call'),
    role: fc.constantFrom('user', 'assistant', 'developer'),
    content: value,
    call_id: fc.oneof(fc.string(), value),
    name: fc.oneof(fc.string(), value),
    arguments: fc.oneof(fc.string(), value),
    output: fc.oneof(fc.string(), value),
    summary: value,
    encrypted_content: value,
  },
  { requiredKeys: ['type'] },
)
const geminiPart = fc.oneof(
  value,
  fc.record(
    {
      text: fc.string(),
      thought: fc.boolean(),
      thoughtSignature: fc.string(),
      functionCall: fc.record({ name: fc.constantFrom('f', 'g'), args: value }),
    },
    { requiredKeys: [] },
  ),
  fc.record({ functionResponse: fc.record({ name: fc.constantFrom('f', 'g'), response: value }) }),
)
const content = fc.record({
  role: fc.constantFrom('user', 'model'),
  parts: fc.array(geminiPart, { minLength: 1, maxLength: 4 }),
})
const request = fc
  .tuple(
    fc.array(message, { minLength: 1, maxLength: 4 }),
    fc.array(content, { minLength: 1, maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8 }),
    fc.option(fc.array(item, { maxLength: 4 }), { nil: undefined }),
  )
  .map(([messages, contents, rest, input]) => ({
    ...rest,
    messages,
    contents,
    ...(input === undefined ? {} : { input }),
  }))

function onlyOurErrors(call: () => unknown): void {
  try {
    call()
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    expect(thrown.message).not.toBe('')
  }
}

function carry(dialect: Dialect, bytes: Uint8Array): void {
  onlyOurErrors(() => {
    const scanned = dialect.scanRequest(bytes, null)
    for (const to of targets) onlyOurErrors(() => dialect.passRequest(scanned, to))
    const call = dialect.readRequest(scanned)
    for (const other of every) {
      for (const to of targets) {
        onlyOurErrors(() => {
          const written = other.writeRequest(call, to)
          // What is written can be read again by whoever speaks that dialect.
          other.readRequest(other.scanRequest(written.body, call.stream))
        })
      }
    }
  })
}

it('answers any body with a request or an error of ours', () => {
  for (const dialect of every) {
    fc.assert(
      fc.property(fc.oneof(request, value), (body) => {
        carry(dialect, encodeJson(body))
      }),
      { numRuns: 400 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        carry(dialect, bytes)
      }),
    )
  }
})

it('answers any answer of a vendor with a result or an error of ours', () => {
  const answer = fc.oneof(
    value,
    fc.record({
      choices: fc.array(fc.record({ message: value, finish_reason: value }), { maxLength: 2 }),
      usage: value,
    }),
    fc.record({ output: fc.array(value, { maxLength: 3 }), status: fc.string(), usage: value }),
    fc.record({
      candidates: fc.array(fc.record({ content, finishReason: value }), { maxLength: 2 }),
      usageMetadata: value,
    }),
    fc.record({
      output: fc.record({ message: fc.record({ content: fc.array(value) }) }),
      stopReason: fc.string(),
      usage: value,
    }),
  )
  for (const dialect of every) {
    fc.assert(
      fc.property(answer, (body) => {
        onlyOurErrors(() => {
          const result = dialect.readResult(encodeJson(body))
          for (const other of every) onlyOurErrors(() => other.writeResult(result, about))
        })
      }),
    )
  }
})

it('answers any stream of a vendor with parts or an error of ours', () => {
  const chunk = fc.record({
    choices: fc.array(fc.record({ delta: value, finish_reason: value }), { maxLength: 2 }),
    usage: value,
  })
  const events = fc
    .array(fc.oneof(chunk, value), { maxLength: 4 })
    .map((all) => all.map((one) => `data: ${JSON.stringify(one)}\n\n`).join(''))
  const typed = fc
    .array(
      fc.record({
        type: fc.constantFrom(
          ...['created', 'output_item.added', 'output_item.done', 'output_text.delta', 'refusal.delta'],
          ...['reasoning_summary_text.delta', 'function_call_arguments.delta', 'completed', 'failed'],
        ),
        delta: value,
        item: fc.oneof(
          value,
          fc.record({ type: fc.constantFrom('function_call', 'reasoning'), name: value }),
        ),
        output_index: value,
        response: value,
        logprobs: value,
      }),
      { maxLength: 6 },
    )
    .map((all) =>
      all.map((one) => `data: ${JSON.stringify({ ...one, type: `response.${one.type}` })}\n\n`).join(''),
    )
  for (const mode of ['relay', 'translate'] as const) {
    fc.assert(
      fc.property(typed, (text) => {
        onlyOurErrors(() =>
          readAll(dialects.openaiResponses.streamReader({ mode, hideUsage: false }), [encode(text)]),
        )
      }),
    )
    fc.assert(
      fc.property(events, (text) => {
        onlyOurErrors(() =>
          readAll(dialects.openaiChat.streamReader({ mode, hideUsage: false }), [encode(text)]),
        )
      }),
    )
    for (const dialect of every) {
      fc.assert(
        fc.property(fc.uint8Array(), (bytes) => {
          onlyOurErrors(() => readAll(dialect.streamReader({ mode, hideUsage: false }), [bytes]))
        }),
      )
    }
  }
})
