import { expect, it } from 'vitest'
import type { Finish } from '@pointsman/contract'

import { StreamedArguments, wasCut } from './tool-arguments.ts'

const cuts: readonly Finish[] = [
  { reason: 'length', raw: 'max_tokens' },
  { reason: 'context-length', raw: 'model_context_window_exceeded' },
  { reason: 'content-filter', raw: 'guardrail_intervened' },
  { reason: 'refusal', raw: 'refusal' },
  { reason: 'other', raw: 'malformed_tool_use' },
]
const regular: readonly Finish[] = [
  { reason: 'tool-calls', raw: 'tool_use' },
  { reason: 'stop', raw: 'end_turn' },
  { reason: 'stop-sequence', raw: 'stop_sequence' },
  { reason: 'other', raw: 'a_new_word' },
]

it('takes no end for a regular one that came before the model was done', () => {
  for (const finish of cuts) expect(wasCut(finish), finish.raw).toBe(true)
  for (const finish of regular) expect(wasCut(finish), finish.raw).toBe(false)
})

it('lets a streamed call be unfinished only where the answer is', () => {
  const half = new StreamedArguments()
  half.begin()
  half.add('{"a":')
  half.endBlock()
  for (const finish of cuts) expect(() => half.finish(finish), finish.raw).not.toThrow()
  for (const finish of regular) expect(() => half.finish(finish), finish.raw).toThrow('no JSON object')
})
