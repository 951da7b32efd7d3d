import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { send, sonnet, startAnthropic } from '../testing/anthropic-clients.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startAnthropic()
})
afterAll(() => simulator.close())

const user = { role: 'user', content: 'Hi' }
const answer = { role: 'assistant', content: 'Hello' }
const tool = (name: string) => ({ name, input_schema: { type: 'object' } })
const outputConfig = 'mid-conversation-output-config-2026-07-01'
const clearAt = 'mid-conversation-system-clear-at-2026-08-21'
const changes = 'mid-conversation-tool-changes-2026-07-01'
const inline = 'inline-tools-2026-09-15'

async function ask(body: object, ...betas: readonly string[]): Promise<string> {
  const all = { model: sonnet, max_tokens: 2_000, messages: [user], ...body }
  const headers = betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') }
  const response = await send(simulator, '/v1/messages', all, headers)
  const said = (await response.json()) as { readonly error?: { readonly message: string } }
  return said.error?.message ?? JSON.stringify(said)
}
const effort = { role: 'system', content: [], output_config: { effort: 'low' } }
const change = (type: string, of: object) => ({ role: 'system', content: [{ type, tool: of }] })
const named = (name: string) => ({ type: 'tool_reference', name })

describe('messages of the system inside a conversation', () => {
  test('set an effort without a text, wherever they stand, under their beta', async () => {
    for (const messages of [
      [effort, user],
      [user, effort],
      [user, { role: 'system', output_config: { effort: 'low' } }],
    ]) {
      expect(await ask({ messages }, outputConfig)).toContain('"end_turn"')
      expect(await ask({ messages })).toMatch(/output_config: Extra inputs are not permitted$/)
    }
    const bare = [user, { role: 'system', output_config: {} }]
    expect(await ask({ messages: bare }, outputConfig)).toBe('messages.1.content: Field required')
  })

  test('tell a text until the user speaks again', async () => {
    const hint = { role: 'system', content: 'Hint.', clear_at: 'next_user_message' }
    expect(await ask({ messages: [user, hint] })).toBe('messages.1.clear_at: Extra inputs are not permitted')
    const tokens = async (messages: readonly object[]): Promise<number> =>
      (JSON.parse(await ask({ messages }, clearAt)) as { readonly usage: { readonly input_tokens: number } })
        .usage.input_tokens
    expect(await tokens([user, hint])).toBeGreaterThan(await tokens([user]))
    expect(await tokens([user, hint, answer, user])).toBe(await tokens([user, answer, user]))
  })

  test('take tools away and add them', async () => {
    const forced = { tools: [tool('a'), tool('b')], tool_choice: { type: 'any' } }
    const removed = [user, change('tool_removal', named('a'))]
    expect(await ask({ ...forced, messages: removed }, changes)).toContain('"name":"b"')
    expect(await ask({ ...forced, messages: removed })).toMatch(
      /^messages\.1\.content\.0: Input tag 'tool_removal'/,
    )
    const added = [...removed, change('tool_removal', named('b'))]
    const definition = { type: 'tool_definition', definition: tool('c') }
    const last = [...added, change('tool_addition', definition)]
    expect(await ask({ ...forced, messages: last }, inline)).toContain('"name":"c"')
    expect(await ask({ ...forced, messages: [user, change('tool_removal', named('x'))] }, changes)).toMatch(
      /'x' is not/,
    )
  })
})

test('a result may name a tool to be loaded', async () => {
  const messages = [
    user,
    { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'a', input: {} }] },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 't', content: [{ type: 'tool_reference', tool_name: 'b' }] },
      ],
    },
  ]
  expect(await ask({ tools: [tool('a'), { ...tool('b'), defer_loading: true }], messages })).toContain(
    '"end_turn"',
  )
})

test('thoughts take a way of showing and a binding under their betas', async () => {
  const thinking = (more: object) => ({ thinking: { type: 'adaptive', ...more } })
  const shown = thinking({ display: 'updates' })
  expect(await ask(shown)).toMatch(/^thinking\.adaptive\.display: Input should be 'summarized' or 'omitted'/)
  expect(await ask(shown, 'thinking-display-updates-2026-08-18')).toContain('"thinking"')
  const bound = thinking({ block_binding: { prefix_mismatch_behavior: 'drop_block' } })
  expect(await ask(bound)).toBe('thinking.adaptive.block_binding: Extra inputs are not permitted')
  expect(await ask(bound, 'thinking-binding-controls-2026-08-01')).toContain('"thinking"')
})
