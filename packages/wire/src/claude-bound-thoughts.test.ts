import { expect, it } from 'vitest'

import { anthropicCall, converseCall, writeAnthropic, writeConverse } from './testing/calls.ts'
import type { Written } from './testing/calls.ts'
import { claude, decodeJson, dialectNamed, target } from './testing/dialects-for-tests.ts'

const said = (name: string) => ({
  role: 'assistant',
  content: [
    { type: 'thinking', thinking: '', signature: `thought-${name}` },
    { type: 'text', text: `answer-${name}` },
  ],
})
const hidden = {
  role: 'assistant',
  content: [
    { type: 'redacted_thinking', data: 'thought-hidden' },
    { type: 'text', text: 'answer-hidden' },
  ],
}
const asks = { role: 'user', content: 'a' }
const rule = { role: 'system', content: 'Be brief.' }

const told = expect.stringMatching(/^messages: reasoning before a system text/) as string

/** The thoughts and answers that are sent, in order, and whether it is told that thoughts were left out. */
function sent({ body, warnings }: Written): readonly [readonly string[], boolean] {
  const words = JSON.stringify(body['messages']).match(/(?:thought|answer)-\w+/g) ?? []
  return [words, warnings.some((text) => text.startsWith('messages: reasoning'))]
}

const moved = anthropicCall({
  system: 'Be kind.',
  messages: [asks, said('one'), asks, hidden, asks, rule, said('two'), asks],
})
const all = ['thought-one', 'answer-one', 'thought-hidden', 'answer-hidden', 'thought-two', 'answer-two']
const later = ['answer-one', 'answer-hidden', 'thought-two', 'answer-two']

it('leaves out the thoughts before a system text that is put in front, where the model would refuse them', () => {
  for (const to of [claude(5.1, 'fable'), claude(5.5, 'opus'), claude(5.5, 'haiku')]) {
    for (const written of [writeAnthropic(moved, to), writeConverse(moved, to)]) {
      expect(sent(written)).toEqual([later, true])
      expect(written.warnings).toContainEqual(told)
    }
  }
  for (const written of [writeAnthropic(moved, claude(5)), writeConverse(moved, claude(5))]) {
    expect(sent(written)).toEqual([all, false])
  }
})

it('keeps all thoughts of a conversation whose system texts stand in front, or say nothing', () => {
  const messages = [asks, said('one'), asks, hidden, asks, said('two'), asks]
  const front = anthropicCall({ system: 'Be kind.', messages })
  const blank = anthropicCall({ messages: [...messages, { role: 'system', content: ' ' }] })
  for (const call of [front, blank]) {
    expect(sent(writeAnthropic(call, claude(5.5)))).toEqual([all, false])
    expect(sent(writeConverse(call, claude(5.5)))).toEqual([all, false])
  }
})

it('leaves out the thoughts before a text was cleared or tools were changed: both change what stands in front', () => {
  const reminder = { role: 'system', content: 'Be brief.', clear_at: 'next_user_message' }
  const [tools, more] = ['search', 'fly'].map((name) => ({ name, input_schema: { type: 'object' } }))
  const change = (type: string, tool: object) => ({ role: 'system', content: [{ type, tool }] })
  const added = change('tool_addition', { type: 'tool_definition', definition: more })
  const removed = change('tool_removal', { type: 'tool_reference', name: 'search' })
  const say = (...inside: readonly object[]) =>
    anthropicCall({ tools: [tools], messages: [...inside, said('two'), asks] })
  const cases = [
    [
      say(asks, reminder, said('one'), asks, hidden, asks),
      [...all].filter((word) => word !== 'thought-one'),
      true,
    ],
    [say(asks, said('one'), asks, hidden, asks, added), later, true],
    [say(asks, said('one'), asks, hidden, asks, removed), later, true],
    [say(asks, said('one'), asks, hidden, asks), all, false],
  ] as const
  for (const [call, words, isTold] of cases) {
    expect(sent(writeAnthropic(call, claude(5.5)))).toEqual([words, isTold])
    expect(sent(writeConverse(call, claude(5.5)))).toEqual([words, isTold])
    expect(sent(writeConverse(call, claude(5)))).toEqual([all, false])
  }
  const waiting = anthropicCall({ messages: [asks, said('one'), asks, reminder] })
  expect(sent(writeConverse(waiting, claude(5.5)))).toEqual([['answer-one'], true])
})

it('tells nothing of thoughts that were not there', () => {
  const call = anthropicCall({ messages: [asks, { role: 'assistant', content: 'answer-one' }, asks, rule] })
  expect(sent(writeAnthropic(call, claude(5.5)))).toEqual([['answer-one'], false])
  expect(sent(writeConverse(call, target()))).toEqual([['answer-one'], false])
})

it('carries what is to become of thoughts that stand behind something else, with its beta on Bedrock', () => {
  const block_binding = { prefix_mismatch_behavior: 'drop_block' }
  const call = anthropicCall({ thinking: { type: 'adaptive', block_binding } })
  const thinking = { type: 'adaptive', block_binding }
  const here = writeAnthropic(call, claude(5.5))
  expect([here.body['thinking'], here.warnings]).toEqual([thinking, []])
  const there = writeConverse(call, claude(5.5))
  const beta = ['thinking-binding-controls-2026-08-01']
  expect(there.body['additionalModelRequestFields']).toEqual({ thinking, anthropic_beta: beta })
  expect(there.warnings).toEqual([])
  for (const { warnings } of [writeAnthropic(call, claude(5)), writeConverse(call, claude(5))]) {
    expect(warnings).toEqual([expect.stringMatching(/^thinking\.block_binding: /)])
  }
  expect(writeConverse(call, target()).warnings.join()).toContain('thinking.block_binding: ')
})

it('has the beta wherever what is to become of thoughts comes from', () => {
  const block_binding = { prefix_mismatch_behavior: 'drop_block' }
  const beta = ['thinking-binding-controls-2026-08-01']
  const invoke = dialectNamed('bedrock-invoke-claude')
  const bash = { type: 'bash_20250124', name: 'bash' }
  const thinking = { type: 'adaptive', block_binding }
  for (const [more, betas] of [
    [{}, beta],
    [{ tools: [bash] }, ['computer-use-2025-01-24', ...beta]],
    [{ anthropic_beta: ['a'] }, ['a', ...beta]],
    [{ anthropic_beta: beta }, beta],
  ] as const) {
    const call = anthropicCall({ thinking, ...more })
    expect(decodeJson(invoke.writeRequest(call, claude(5.5)).body)).toMatchObject({
      thinking,
      anthropic_beta: betas,
    })
  }
  const between = { type: 'between_tools', block_binding }
  const here = writeConverse(anthropicCall({ thinking: between }), claude(5.5, 'sonnet'))
  expect(here.body['additionalModelRequestFields']).toEqual({ thinking: between, anthropic_beta: beta })
  for (const given of [{}, { anthropic_beta: beta }]) {
    const fields = { ...given, thinking }
    const { body } = writeConverse(converseCall({ additionalModelRequestFields: fields }), claude(5.5))
    expect(body['additionalModelRequestFields']).toEqual({ thinking, anthropic_beta: beta })
  }
})
