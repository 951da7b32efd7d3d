import OpenAI from 'openai'
import type { ChatCompletion, ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import { citySchema, pixel, thrownBy, toolQuestion, toolResult, weather } from './client.ts'
import type { Client, Place, Said, ToolTurn } from './client.ts'

const tool = {
  type: 'function' as const,
  function: { name: weather.name, description: weather.description, parameters: weather.schema },
}

const saidBy = ({ choices, usage }: ChatCompletion): Said => ({
  text: choices[0]?.message.content ?? '',
  outputTokens: usage?.completion_tokens ?? null,
  finish: choices[0]?.finish_reason ?? null,
})

interface Body {
  readonly model: string
  readonly messages: ChatCompletionMessageParam[]
}
type Send = (body: Body, tools?: (typeof tool)[]) => Promise<ChatCompletion>

/** Chat completions. */
export function openaiChat({ url, key }: Place): Client {
  const { chat } = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
  const asked = (text: string): ChatCompletionMessageParam[] => [{ role: 'user', content: text }]
  const streamed = (body: Body, tools?: (typeof tool)[]) =>
    chat.completions
      .stream({ ...body, ...(tools === undefined ? {} : { tools }), stream_options: { include_usage: true } })
      .finalChatCompletion()
  const whole = (body: Body, tools?: (typeof tool)[]) =>
    chat.completions.create({ ...body, ...(tools === undefined ? {} : { tools }) })
  async function turns(model: string, send: Send): Promise<ToolTurn> {
    const messages = asked(toolQuestion)
    const first = await send({ model, messages }, [tool])
    const message = first.choices[0]?.message
    const call = message?.tool_calls?.[0]
    if (message === undefined || call?.type !== 'function') throw new Error('the model called no tool')
    const result = { role: 'tool' as const, tool_call_id: call.id, content: toolResult }
    const { role, content, tool_calls } = message
    const turn = { role, content, ...(tool_calls === undefined ? {} : { tool_calls }) }
    const second = await send({ model, messages: [...messages, turn, result] }, [tool])
    return {
      ...saidBy(second),
      tool: call.function.name,
      arguments: JSON.parse(call.function.arguments) as unknown,
    }
  }
  return {
    name: 'openai chat',
    plain: async ({ model, text }) => saidBy(await whole({ model, messages: asked(text) })),
    stream: async ({ model, text }) => saidBy(await streamed({ model, messages: asked(text) })),
    tools: ({ model }) => turns(model, whole),
    streamTools: ({ model }) => turns(model, streamed),
    image: async ({ model, text }) => {
      const image = { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${pixel}` } }
      const content = [{ type: 'text' as const, text }, image]
      return saidBy(await whole({ model, messages: [{ role: 'user', content }] }))
    },
    structured: async ({ model, text }) => {
      const format = { name: 'city', strict: true, schema: citySchema }
      const response_format = { type: 'json_schema' as const, json_schema: format }
      return saidBy(await chat.completions.create({ model, messages: asked(text), response_format }))
    },
    error: ({ model, text }) => thrownBy(() => whole({ model, messages: asked(text) })),
  }
}
