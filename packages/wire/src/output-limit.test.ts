import type { DialectName, JsonObject } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { outputLimit } from './output-limit.ts'

const perAnswer = 8_000
const cases: readonly (readonly [DialectName, JsonObject, number])[] = [
  ['openai-chat', { max_tokens: 5 }, 5],
  ['openai-chat', { max_tokens: 5, max_completion_tokens: 70, n: 3 }, 210],
  ['openai-chat', {}, perAnswer],
  ['openai-responses', { max_output_tokens: 5 }, 5],
  ['anthropic-messages', { max_tokens: 5 }, 5],
  ['anthropic-messages', { max_tokens: 9_000 }, perAnswer],
  ['bedrock-converse', { inferenceConfig: { maxTokens: 5 } }, 5],
  ['bedrock-invoke-claude', { max_tokens: 5 }, 5],
  ['bedrock-invoke-nova', { inferenceConfig: { max_new_tokens: 5 } }, 5],
  ['gemini', { generationConfig: { maxOutputTokens: 5, candidateCount: 2 } }, 10],
  ['gemini', { generation_config: { max_output_tokens: 5, candidate_count: 2 } }, 10],
  ['native-chat', { maxTokens: 5 }, 5],
  ['native-chat', { max_tokens: 5 }, 5],
]
test.each(cases)('%s says in %j how much an answer may hold', (face, json, most) => {
  expect(outputLimit(face, { json }, perAnswer)).toBe(most)
})

const strangers: readonly (readonly [DialectName, JsonObject])[] = [
  ['bedrock-converse', { max_tokens: 1, n: 1e12 }],
  ['gemini', { max_tokens: 1, n: 1e12 }],
  ['openai-responses', { max_tokens: 1, n: 1e12 }],
  ['openai-chat', { max_output_tokens: 1, generationConfig: { candidateCount: 1e12 } }],
  ['native-chat', { inferenceConfig: { maxTokens: 1 }, n: 1e12 }],
]
test.each(strangers)('%s: what other faces say in %j counts for nothing', (face, json) => {
  expect(outputLimit(face, { json }, perAnswer)).toBe(perAnswer)
})

test.each([1e12, 1e300, Number.MAX_SAFE_INTEGER])('no vendor answers %d times', (n) => {
  expect(outputLimit('openai-chat', { json: { n } }, perAnswer)).toBe(128 * perAnswer)
})
