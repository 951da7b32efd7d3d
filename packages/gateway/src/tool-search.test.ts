import type Anthropic from '@anthropic-ai/sdk'
import { expect, test } from 'vitest'
import { anthropicClient } from './testing/anthropic-client.ts'

/** The search for tools, which the vendor runs, as Anthropic's own client meets it. */

const client = anthropicClient()

const schema = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] }
const asked = { role: 'user', content: 'Use the tool get_weather for Paris.' } as const
const bodyFor = (model: string, type: 'tool_search_tool_regex_20251119' | 'tool_search_tool_regex') => ({
  ...{ model, max_tokens: 800 },
  tools: [
    { type, name: 'tool_search_tool_regex' as const },
    { name: 'get_weather', description: 'Tells the weather.', input_schema: schema, defer_loading: true },
  ],
})
type Params = Anthropic.MessageCreateParamsNonStreaming

for (const model of ['eu.anthropic.claude-sonnet-5-5', 'claude-sonnet-5-5']) {
  test.each([
    ['whole', (body: Params) => client.messages.create(body)],
    ['streamed', (body: Params) => client.messages.stream(body).finalMessage()],
  ])(
    `${model}: what was looked for and found comes %s, and goes back with the next turn`,
    async (_, send) => {
      const body = bodyFor(model, 'tool_search_tool_regex_20251119')
      const message = await send({ ...body, messages: [asked] })
      const { content } = message
      expect(content.map(({ type }) => type)).toEqual([
        ...['text', 'server_tool_use', 'tool_search_tool_result', 'tool_use'],
      ])
      const [, search, found, call] = content
      expect(search).toMatchObject({ name: 'tool_search_tool_regex', input: { pattern: 'get_weather' } })
      const references = [{ type: 'tool_reference', tool_name: 'get_weather' }]
      const id = search?.type === 'server_tool_use' ? search.id : ''
      expect(id).toMatch(/^srvtoolu_/)
      expect(found).toMatchObject({ tool_use_id: id, content: { tool_references: references } })
      if (call?.type !== 'tool_use') throw new Error('no call')
      expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Paris' } })
      const result = { type: 'tool_result', tool_use_id: call.id, content: 'Rain.' } as const
      const history = [
        asked,
        { role: 'assistant' as const, content: content as Anthropic.ContentBlockParam[] },
        { role: 'user' as const, content: [result] },
      ]
      const next = await send({ ...body, messages: history })
      expect(next.content.at(-1)).toMatchObject({ text: expect.stringContaining('Rain.') as string })
      // What was found once is known from then on.
      const answered = { role: 'assistant' as const, content: next.content as Anthropic.ContentBlockParam[] }
      const again = await send({ ...body, messages: [...history, answered, asked] })
      expect(again.content.map(({ type }) => type)).toEqual(['text', 'tool_use'])
      const without = content.filter(({ type }) => type !== 'tool_search_tool_result')
      const cut = { role: 'assistant' as const, content: without as Anthropic.ContentBlockParam[] }
      await expect(
        send({ ...body, messages: [asked, cut, { role: 'user', content: [result] }] }),
      ).rejects.toThrow(/without a corresponding `tool_search_tool_result` block/)
    },
  )

  test(`${model}: the search is known without a date, too`, async () => {
    const body = bodyFor(model, 'tool_search_tool_regex')
    const { content } = await client.messages.create({ ...body, messages: [asked] })
    expect(content.map(({ type }) => type)).toContain('tool_search_tool_result')
    const paths = client.vendorPaths()
    expect(paths.at(-1)).toContain(model.startsWith('eu.') ? '/invoke' : '/v1/messages')
  })
}

test('tools of which none can be called at once are refused in Anthropic’s words', async () => {
  const { tools, ...body } = bodyFor('claude-sonnet-5-5', 'tool_search_tool_regex')
  const alone = client.messages.create({ ...body, tools: tools.slice(1), messages: [asked] })
  await expect(alone).rejects.toThrow('All tools have defer_loading set')
})
