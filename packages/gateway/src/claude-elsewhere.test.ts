import type Anthropic from '@anthropic-ai/sdk'
import { expect, test } from 'vitest'
import { anthropicClient } from './testing/anthropic-client.ts'

/** What Anthropic's own client sends, to Claude on Bedrock. */

const client = anthropicClient()

const model = 'eu.anthropic.claude-sonnet-5-5'
const computer = {
  type: 'computer_20251124',
  name: 'computer',
  display_width_px: 1_024,
  display_height_px: 768,
  enable_zoom: true,
} as const

test('tools of Anthropic’s own reach it with the beta that they want, and their calls come back', async () => {
  const tools = [computer, { type: 'memory_20250818', name: 'memory' } as const]
  const asked = { role: 'user', content: 'Use the computer tool to look at the screen.' } as const
  for (const stream of [false, true]) {
    const body = { model, max_tokens: 500, messages: [asked], tools }
    const message = stream
      ? await client.beta.messages.stream(body).finalMessage()
      : await client.beta.messages.create(body)
    const call = message.content.find((block) => block.type === 'tool_use')
    expect(call?.name).toBe('computer')
    expect(client.vendorPaths().at(-1)).toContain('/invoke')
    const result = { type: 'tool_result', tool_use_id: call?.id ?? '', content: 'A desktop.' } as const
    const next = await client.beta.messages.create({
      ...body,
      messages: [asked, { role: 'assistant', content: message.content }, { role: 'user', content: [result] }],
    })
    expect(next.content.at(-1)).toMatchObject({ text: expect.stringContaining('A desktop.') as string })
  }
})

test('betas of the header that the body carries are not said to be left out, and others are', async () => {
  const messages = [{ role: 'user', content: 'Hello' }] as const
  const warningsFor = async (betas: readonly string[], asked: object) => {
    const body = { model, max_tokens: 2_000, messages: [...messages], betas: [...betas], ...asked }
    const { response } = await client.beta.messages.create(body).withResponse()
    return response.headers.get('x-pointsman-warnings')
  }
  const own = { tools: [computer] }
  const bound = {
    thinking: { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'drop_block' } },
  }
  expect(await warningsFor(['computer-use-2025-11-24'], own)).toBeNull()
  expect(await warningsFor(['thinking-binding-controls-2026-08-01'], bound)).toBeNull()
  expect(await warningsFor(['computer-use-2025-11-24', 'a-2026-01-01'], own)).toContain('anthropic-beta')
  expect(await warningsFor(['a-2026-01-01'], {})).toContain('it was left out')
})

test('tokens are counted of requests with tools of Anthropic’s own', async () => {
  const messages = [{ role: 'user', content: 'Hello' }] as const
  const count = async (tools: readonly (typeof computer)[]) =>
    (await client.beta.messages.countTokens({ model, messages: [...messages], tools: [...tools] }))
      .input_tokens
  expect(await count([computer])).toBeGreaterThan(await count([]))
})

test('tools that Anthropic runs are refused by their kind', async () => {
  const search = { type: 'web_search_20250305', name: 'web_search' } as const
  const asked = [{ role: 'user', content: 'Hello' }] as const
  const send = client.beta.messages.create({
    model,
    max_tokens: 50,
    messages: [...asked],
    tools: [computer, search],
  })
  await expect(send).rejects.toThrow(/web_search_20250305.*is not known to work on Bedrock/)
})

test('thoughts go on with the conversation where a turn may call no tool', async () => {
  const tools = [{ name: 'look', input_schema: { type: 'object' as const } }]
  const body = { model, max_tokens: 2_000, tools, thinking: { type: 'adaptive' as const } }
  const none = { tool_choice: { type: 'none' as const } }
  const turns: Anthropic.MessageParam[] = [{ role: 'user', content: 'One?' }]
  for (const more of [{}, none, {}, none]) {
    const { content } = await client.messages.create({ ...body, ...more, messages: turns })
    expect(content.map(({ type }) => type)).toEqual(['thinking', 'text'])
    turns.push({ role: 'assistant', content }, { role: 'user', content: 'And?' })
  }
})
