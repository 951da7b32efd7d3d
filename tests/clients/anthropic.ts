import Anthropic from '@anthropic-ai/sdk'
import AnthropicBedrock from '@anthropic-ai/bedrock-sdk'
import { citySchema, pixel, thrownBy, toolQuestion, toolResult, weather } from './client.ts'
import type { Client, Place, Said, ToolTurn } from './client.ts'

type Messages = Pick<Anthropic['messages'], 'create' | 'stream'>
type Params = Omit<Anthropic.MessageCreateParamsNonStreaming, 'max_tokens'>

const tool: Anthropic.Tool = {
  name: weather.name,
  description: weather.description,
  input_schema: { ...weather.schema, required: [...weather.schema.required] },
}

const textOf = (content: readonly Anthropic.ContentBlock[]): string =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('')

const saidBy = ({ content, stop_reason, usage }: Anthropic.Message): Said => ({
  text: textOf(content),
  outputTokens: usage.output_tokens,
  finish: stop_reason,
})

function clientOver(name: string, messages: Messages): Client {
  const whole = (body: Params) => messages.create({ ...body, max_tokens: 2_000 })
  const streamed = (body: Params) => messages.stream({ ...body, max_tokens: 2_000 }).finalMessage()
  const asked = (content: string): Anthropic.MessageParam[] => [{ role: 'user', content }]
  async function turns(model: string, send: (body: Params) => Promise<Anthropic.Message>): Promise<ToolTurn> {
    const first = await send({ model, messages: asked(toolQuestion), tools: [tool] })
    const call = first.content.find((block) => block.type === 'tool_use')
    if (call === undefined) throw new Error('the model called no tool')
    const result = { type: 'tool_result' as const, tool_use_id: call.id, content: toolResult }
    const history: Anthropic.MessageParam[] = [
      ...asked(toolQuestion),
      { role: 'assistant', content: first.content as Anthropic.ContentBlockParam[] },
      { role: 'user', content: [result] },
    ]
    const second = await send({ model, messages: history, tools: [tool] })
    return { ...saidBy(second), tool: call.name, arguments: call.input }
  }
  return {
    name,
    plain: async ({ model, text }) => saidBy(await whole({ model, messages: asked(text) })),
    stream: async ({ model, text }) => saidBy(await streamed({ model, messages: asked(text) })),
    tools: ({ model }) => turns(model, whole),
    streamTools: ({ model }) => turns(model, streamed),
    image: async ({ model, text }) => {
      const source = { type: 'base64' as const, media_type: 'image/png' as const, data: pixel }
      const content = [
        { type: 'image' as const, source },
        { type: 'text' as const, text },
      ]
      return saidBy(await whole({ model, messages: [{ role: 'user', content }] }))
    },
    structured: async ({ model, text }) => {
      const format = { type: 'json_schema' as const, schema: citySchema }
      return saidBy(await whole({ model, messages: asked(text), output_config: { format } }))
    },
    error: ({ model, text }) => thrownBy(() => whole({ model, messages: asked(text) })),
  }
}

/** Messages, with the key as `x-api-key`. */
export const anthropic = ({ url, key }: Place): Client =>
  clientOver(
    'anthropic',
    new Anthropic({ baseURL: url, apiKey: key, authToken: null, maxRetries: 0 }).messages,
  )

/** The same with the key as a bearer token, and the older version of the API. */
export function anthropicBearer({ url, key }: Place): Client {
  const defaultHeaders = { 'anthropic-version': '2023-01-01' }
  const client = new Anthropic({ baseURL: url, apiKey: null, authToken: key, maxRetries: 0, defaultHeaders })
  return clientOver('anthropic bearer', client.messages)
}

/** Claude's bodies of InvokeModel. */
export function anthropicBedrock({ url, key }: Place): Client {
  const client = new AnthropicBedrock({ baseURL: url, awsRegion: 'eu-central-1', apiKey: key, maxRetries: 0 })
  return clientOver('anthropic bedrock', client.messages)
}
