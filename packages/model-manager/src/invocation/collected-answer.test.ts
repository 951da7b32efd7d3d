import type { AnswerPart } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { CollectedAnswer } from './collected-answer.ts'

test('a block of a tool that ran at the vendor, which came in pieces, is not taken for a whole one', () => {
  const use = { toolUseId: 'a', name: 'nova_grounding', type: 'server_tool_use' }
  const foreign = { kind: 'foreign', dialect: 'bedrock-converse', name: 'toolUse', value: use } as const
  const parts: readonly AnswerPart[] = [
    { type: 'block-start', index: 0, block: foreign },
    { type: 'foreign-delta', index: 0, value: { toolUse: { input: '{}' } } },
    { type: 'block-end', index: 0 },
    { type: 'block-start', index: 1, block: { kind: 'text' } },
    { type: 'text-delta', index: 1, text: 'Found.' },
    { type: 'block-end', index: 1 },
  ]
  const answer = new CollectedAnswer()
  for (const part of parts) answer.add(part)
  expect(answer.result().parts).toEqual([{ kind: 'text', text: 'Found.' }])
})
