import {
  GoogleGenAI,
  type Content,
  type GenerateContentParameters,
  type GenerateContentResponse,
} from '@google/genai'
import { citySchema, pixel, thrownBy, toolQuestion, toolResult, weather } from './client.ts'
import type { Client, Place, Said, ToolTurn } from './client.ts'

interface Answer extends Said {
  readonly content: Content
}

const tools = [
  {
    functionDeclarations: [
      { name: weather.name, description: weather.description, parametersJsonSchema: weather.schema },
    ],
  },
]

/** Thoughts stand among the parts, marked as such. */
const textOf = (content: Content): string =>
  (content.parts ?? []).map((part) => (part.thought === true ? '' : (part.text ?? ''))).join('')

function answerOf(responses: readonly GenerateContentResponse[]): Answer {
  const parts = responses.flatMap((response) => response.candidates?.[0]?.content?.parts ?? [])
  const content = { role: 'model', parts }
  const last = responses.at(-1)
  return {
    content,
    text: textOf(content),
    finish: last?.candidates?.[0]?.finishReason ?? null,
    outputTokens: last?.usageMetadata?.candidatesTokenCount ?? null,
  }
}

/** generateContent and its stream. */
export function google({ url, key }: Place): Client {
  const { models } = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } })
  const whole = async (body: GenerateContentParameters): Promise<Answer> =>
    answerOf([await models.generateContent(body)])
  async function streamed(body: GenerateContentParameters): Promise<Answer> {
    const responses: GenerateContentResponse[] = []
    for await (const response of await models.generateContentStream(body)) responses.push(response)
    return answerOf(responses)
  }
  const asked = (text: string): Content[] => [{ role: 'user', parts: [{ text }] }]
  async function turns(model: string, send: typeof whole): Promise<ToolTurn> {
    const first = await send({ model, contents: asked(toolQuestion), config: { tools } })
    const call = first.content.parts?.find((part) => part.functionCall !== undefined)?.functionCall
    if (call === undefined) throw new Error('the model called no tool')
    const functionResponse = {
      name: call.name ?? '',
      response: { output: toolResult },
      ...(call.id === undefined ? {} : { id: call.id }),
    }
    const contents = [...asked(toolQuestion), first.content, { role: 'user', parts: [{ functionResponse }] }]
    const second = await send({ model, contents, config: { tools } })
    return { ...second, tool: call.name ?? '', arguments: call.args }
  }
  return {
    name: 'google genai',
    plain: ({ model, text }) => whole({ model, contents: asked(text) }),
    stream: ({ model, text }) => streamed({ model, contents: asked(text) }),
    tools: ({ model }) => turns(model, whole),
    streamTools: ({ model }) => turns(model, streamed),
    image: ({ model, text }) => {
      const inlineData = { mimeType: 'image/png', data: pixel }
      return whole({ model, contents: [{ role: 'user', parts: [{ text }, { inlineData }] }] })
    },
    structured: ({ model, text }) => {
      const config = { responseMimeType: 'application/json', responseJsonSchema: citySchema }
      return whole({ model, contents: asked(text), config })
    },
    error: ({ model, text }) => thrownBy(() => whole({ model, contents: asked(text) })),
  }
}
