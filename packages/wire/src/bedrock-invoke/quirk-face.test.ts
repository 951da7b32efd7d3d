import { expect, it } from 'vitest'

import { encode, encodeJson, refusal } from '../testing/dialects-for-tests.ts'
import { invokeFace } from './quirk-face.ts'

const claude = 'bedrock-invoke-claude'
const nova = 'bedrock-invoke-nova'
const named = [{ role: 'user', content: [{ text: 'hi' }] }]
const typed = [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]

it.each([
  [{ anthropic_version: 'bedrock-2023-05-31', max_tokens: 9, messages: typed }, claude],
  [{ max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }, claude],
  [{ messages: typed }, claude],
  // A wrong block is refused in the words of the family that the rest of the body speaks.
  [{ anthropic_version: 'bedrock-2023-05-31', messages: named }, claude],
  [{ anthropic_version: 'bedrock-2023-05-31' }, claude],
  [{ schemaVersion: 'messages-v1', messages: named }, nova],
  [{ messages: named }, nova],
  [{ messages: [], inferenceConfig: { maxTokens: 3 } }, nova],
  [{ schemaVersion: 'messages-v1' }, nova],
])('tells the form of %j', (body, face) => {
  expect(invokeFace(encodeJson(body))).toEqual({ name: face, embeds: false })
})

it.each([
  [{ inputText: 'hi', dimensions: 256, normalize: true }, 'bedrock-invoke-titan'],
  [{ inputImage: 'aGk=' }, 'bedrock-invoke-titan'],
  [{ texts: ['hi'], input_type: 'search_query' }, 'bedrock-invoke-cohere'],
  [{ inputs: [], input_type: 'search_query' }, 'bedrock-invoke-cohere'],
])('tells the form of a body for embeddings: %j', (body, face) => {
  expect(invokeFace(encodeJson(body))).toEqual({ name: face, embeds: true })
})

it.each([
  [{ prompt: '<s>[INST] hi [/INST]', max_gen_len: 9 }, 'prompt'],
  [{ message: 'hi', chat_history: [] }, 'message'],
  [{ inputText: 'hi', textGenerationConfig: { maxTokenCount: 9 } }, 'textGenerationConfig'],
  [{ taskType: 'TEXT_IMAGE', textToImageParams: { text: 'a cat' } }, 'taskType'],
  [{ messages: 'hi' }, 'messages'],
  [{}, 'messages'],
])('refuses the body of another family, naming its field: %j', (body, field) => {
  const error = refusal(() => invokeFace(encodeJson(body)))
  expect(error).toMatchObject({ code: 'invalid_request', details: { field } })
  expect(error.message).toContain('Converse')
})

it('refuses what is no JSON object', () => {
  expect(refusal(() => invokeFace(encode('[')))).toMatchObject({ code: 'invalid_json' })
})
