import { crc32 } from 'node:zlib'
import type { DialectName } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { createDialects } from './dialects.ts'
import { FailedAnswer } from './failed-answer.ts'

const dialects = createDialects({ crc32 })

function thrownBy(name: DialectName, answer: object): unknown {
  try {
    dialects.get(name)?.readResult(new TextEncoder().encode(JSON.stringify(answer)))
  } catch (thrown) {
    return thrown
  }
  throw new Error('it was read')
}

interface Unreadable {
  readonly name: DialectName
  /** A call without a name, or what else no reader takes. */
  readonly answer: object
  readonly usage: object
}

const anthropic = {
  answer: { type: 'message', content: [{ type: 'tool_use' }], stop_reason: 'tool_use' },
  usage: { usage: { input_tokens: 9, output_tokens: 2 } },
}
const unreadable: readonly Unreadable[] = [
  { name: 'anthropic-messages', ...anthropic },
  { name: 'bedrock-invoke-claude', ...anthropic },
  {
    name: 'openai-chat',
    answer: { choices: [{ message: { tool_calls: [{ function: {} }] }, finish_reason: 'tool_calls' }] },
    usage: { usage: { prompt_tokens: 9, completion_tokens: 2 } },
  },
  {
    name: 'openai-responses',
    answer: { output: [{ type: 'function_call' }] },
    usage: { usage: { input_tokens: 9, output_tokens: 2 } },
  },
  {
    name: 'bedrock-converse',
    answer: { output: { message: { content: [{ toolUse: {} }] } }, stopReason: 'tool_use' },
    usage: { usage: { inputTokens: 9, outputTokens: 2, totalTokens: 11 } },
  },
  {
    name: 'gemini',
    answer: { candidates: [{ content: { parts: 'none' }, finishReason: 'STOP' }] },
    usage: { usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2, totalTokenCount: 11 } },
  },
]

test.each(unreadable)('what an answer that cannot be read tells of its usage is told: $name', (one) => {
  const thrown = thrownBy(one.name, { ...one.answer, ...one.usage })
  expect(thrown).toBeInstanceOf(FailedAnswer)
  expect(thrown).toMatchObject({
    code: 'upstream_broken',
    told: { finish: null, usage: { inputTokens: 9, outputTokens: 2 } },
  })
  expect(thrownBy(one.name, one.answer)).not.toBeInstanceOf(FailedAnswer)
})
