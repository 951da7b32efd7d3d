import OpenAI from 'openai'
import type { Response, ResponseInput } from 'openai/resources/responses/responses'
import { citySchema, pixel, thrownBy, toolQuestion, toolResult, weather } from './client.ts'
import type { Client, Place, Said, ToolTurn } from './client.ts'

const tool = {
  type: 'function' as const,
  name: weather.name,
  description: weather.description,
  parameters: weather.schema,
  strict: false,
}

const saidBy = (response: Response): Said => ({
  text: response.output_text,
  outputTokens: response.usage?.output_tokens ?? null,
  finish: response.status ?? null,
})

interface Body {
  readonly model: string
  readonly input: ResponseInput
  readonly tools?: (typeof tool)[]
}

/** Responses. */
export function openaiResponses({ url, key }: Place): Client {
  const { responses } = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
  const whole = (body: Body) => responses.create(body)
  const streamed = (body: Body) => responses.stream(body).finalResponse()
  const asked = (content: string): ResponseInput => [{ role: 'user', content }]
  async function turns(model: string, send: (body: Body) => Promise<Response>): Promise<ToolTurn> {
    const input = asked(toolQuestion)
    const first = await send({ model, input, tools: [tool] })
    const call = first.output.find((item) => item.type === 'function_call')
    if (call === undefined) throw new Error('the model called no tool')
    const result = { type: 'function_call_output' as const, call_id: call.call_id, output: toolResult }
    const history = first.output as ResponseInput
    const second = await send({ model, input: [...input, ...history, result], tools: [tool] })
    return { ...saidBy(second), tool: call.name, arguments: JSON.parse(call.arguments) as unknown }
  }
  return {
    name: 'openai responses',
    plain: async ({ model, text }) => saidBy(await whole({ model, input: asked(text) })),
    stream: async ({ model, text }) => saidBy(await streamed({ model, input: asked(text) })),
    tools: ({ model }) => turns(model, whole),
    streamTools: ({ model }) => turns(model, streamed),
    image: async ({ model, text }) => {
      const image = {
        type: 'input_image' as const,
        detail: 'auto' as const,
        image_url: `data:image/png;base64,${pixel}`,
      }
      const content = [{ type: 'input_text' as const, text }, image]
      return saidBy(await whole({ model, input: [{ role: 'user', content }] }))
    },
    structured: async ({ model, text }) => {
      const format = { type: 'json_schema' as const, name: 'city', strict: true, schema: citySchema }
      return saidBy(await responses.create({ model, input: asked(text), text: { format } }))
    },
    error: ({ model, text }) => thrownBy(() => whole({ model, input: asked(text) })),
  }
}
