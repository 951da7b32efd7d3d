import { PointsmanError } from '@pointsman/contract'
import type { DialectName, JsonObject } from '@pointsman/contract'
import { expect, it } from 'vitest'

import type { WriteTarget } from './dialect.ts'
import { refusalIn, warningIn } from './field-names.ts'
import { claude, dialectNamed, encodeJson, refusal, target } from './testing/dialects-for-tests.ts'

/** What the caller of a face is told of a request that is written for a model of another API. */
function toldBy(face: DialectName, body: JsonObject, to: WriteTarget, writer: DialectName) {
  const dialect = dialectNamed(face)
  const write = () =>
    dialectNamed(writer).writeRequest(dialect.readRequest(dialect.scanRequest(encodeJson(body), false)), to)
  return {
    refusal: () => refusalIn(face, body, refusal(write)),
    warnings: () => write().warnings.map((text) => warningIn(face, body, text).split(': ')[0]),
  }
}

const anthropic = { model: 'm', max_tokens: 99_999, messages: [{ role: 'user', content: 'hi' }] }
const converse = { messages: [{ role: 'user', content: [{ text: 'hi' }] }] }
const gemini = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }
const schema = { type: 'object', properties: { a: { type: 'string' } } }
const open = { type: 'object', additionalProperties: { type: 'string' } }
const [nova, sonnet] = [target(), claude(4.6)]

it.each<[DialectName, JsonObject, WriteTarget, DialectName, string]>([
  [
    'anthropic-messages',
    { ...anthropic, output_config: { format: { type: 'json_schema', schema } } },
    nova,
    'bedrock-converse',
    'output_config.format',
  ],
  [
    'anthropic-messages',
    { ...anthropic, output_format: { type: 'json_schema', schema } },
    nova,
    'bedrock-converse',
    'output_format',
  ],
  [
    'anthropic-messages',
    { ...anthropic, stop_sequences: [' '] },
    sonnet,
    'bedrock-converse',
    'stop_sequences',
  ],
  [
    'bedrock-converse',
    {
      ...converse,
      outputConfig: {
        textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: JSON.stringify(open) } } },
      },
    },
    sonnet,
    'anthropic-messages',
    'outputConfig.textFormat',
  ],
  [
    'bedrock-converse',
    { ...converse, inferenceConfig: { stopSequences: [' '] } },
    sonnet,
    'anthropic-messages',
    'inferenceConfig.stopSequences',
  ],
  [
    'gemini',
    { ...gemini, generationConfig: { responseMimeType: 'application/json' } },
    sonnet,
    'bedrock-converse',
    'generationConfig.responseMimeType',
  ],
  [
    'gemini',
    { ...gemini, generationConfig: { responseLogprobs: true } },
    nova,
    'bedrock-converse',
    'generationConfig.responseLogprobs',
  ],
  [
    'openai-responses',
    { model: 'm', input: 'hi', text: { format: { type: 'json_object' } } },
    sonnet,
    'anthropic-messages',
    'text.format',
  ],
  [
    'openai-responses',
    { model: 'm', input: 'hi', include: ['message.output_text.logprobs'] },
    sonnet,
    'anthropic-messages',
    'include',
  ],
  [
    'openai-chat',
    { model: 'm', messages: anthropic.messages, response_format: { type: 'json_object' } },
    sonnet,
    'anthropic-messages',
    'response_format',
  ],
])('refuses by the name that a caller of %s wrote', (face, body, to, writer, field) => {
  const refused = toldBy(face, body, to, writer).refusal()
  expect(refused).toMatchObject({ code: 'unsupported_parameter', details: { field } })
  expect(refused.message.startsWith(`\`${field}\`: `), refused.message).toBe(true)
})

it.each<[DialectName, JsonObject, readonly string[]]>([
  [
    'anthropic-messages',
    { ...anthropic, thinking: { type: 'enabled', budget_tokens: 2_000 }, top_p: 0.1, temperature: 0.2 },
    ['max_tokens', 'thinking.budget_tokens', 'temperature', 'top_p'],
  ],
  [
    'bedrock-converse',
    {
      ...converse,
      inferenceConfig: { maxTokens: 99_999, temperature: 0.2 },
      outputConfig: { effort: 'strange' },
      requestMetadata: { team: 'a' },
    },
    [
      'inferenceConfig.maxTokens',
      'outputConfig.effort',
      'inferenceConfig.temperature',
      'requestMetadata.team',
    ],
  ],
  [
    'gemini',
    {
      ...gemini,
      generationConfig: { maxOutputTokens: 99_999, topK: 4, seed: 1, thinkingConfig: { thinkingBudget: 99 } },
    },
    [
      'generationConfig.seed',
      'generationConfig.maxOutputTokens',
      'generationConfig.thinkingConfig.thinkingBudget',
      'generationConfig.topK',
    ],
  ],
  [
    'openai-responses',
    { model: 'm', input: 'hi', max_output_tokens: 99_999, reasoning: { effort: 'strange' } },
    ['max_output_tokens', 'reasoning.effort'],
  ],
  [
    'openai-chat',
    { model: 'm', messages: anthropic.messages, max_completion_tokens: 99_999 },
    ['max_completion_tokens'],
  ],
])('warns by the names that a caller of %s wrote', (face, body, fields) => {
  expect(new Set(toldBy(face, body, claude(5.5), 'anthropic-messages').warnings())).toEqual(new Set(fields))
})

it('leaves alone what names no field, or one of the caller’s own', () => {
  expect(warningIn('gemini', {}, 'and 3 more')).toBe('and 3 more')
  expect(warningIn('gemini', {}, 'tools.googleMaps: nothing')).toBe('tools.googleMaps: nothing')
  const none = new PointsmanError('unsupported_parameter', 'No.')
  expect(refusalIn('gemini', {}, none)).toBe(none)
  const inside = new PointsmanError('invalid_request', 'The arguments must be whole.', { field: 'messages' })
  expect(refusalIn('gemini', {}, inside)).toMatchObject({
    message: 'The arguments must be whole.',
    details: { field: 'contents' },
  })
})
