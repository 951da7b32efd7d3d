import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, jsonSchema, Output, stepCountIs, streamText, tool, type LanguageModel } from 'ai'
import { citySchema, pixel, thrownBy, toolQuestion, toolResult, weather } from './client.ts'
import type { Client, Place, Said, ToolTurn } from './client.ts'

interface Told {
  readonly text: string
  readonly finishReason: string
  readonly usage: { readonly outputTokens: number | undefined }
}

const saidBy = ({ text, finishReason, usage }: Told): Said => ({
  text,
  finish: finishReason,
  outputTokens: usage.outputTokens ?? null,
})

const city = jsonSchema<{ city: string; inhabitants: number }>(citySchema)

/** The `ai` package over one vendor's own part of it. */
function clientOver(
  name: string,
  modelNamed: (id: string) => LanguageModel,
  more: Pick<Parameters<typeof generateText>[0], 'providerOptions'> = {},
): Client {
  const settings = (id: string) => ({ model: modelNamed(id), maxRetries: 0, ...more })
  /** Runs the loop that the package itself has for tools. */
  const withTool = (seen: { input: unknown }) => ({
    prompt: toolQuestion,
    tools: {
      [weather.name]: tool({
        description: weather.description,
        inputSchema: jsonSchema(weather.schema as never),
        execute: (input: unknown) => {
          seen.input = input
          return Promise.resolve(toolResult)
        },
      }),
    },
    stopWhen: stepCountIs(3),
  })
  const streamed = async (options: Parameters<typeof streamText>[0]): Promise<Told> => {
    const failures: unknown[] = []
    const result = streamText({ ...options, onError: ({ error }) => void failures.push(error) })
    const text = await result.text.then(
      (told) => told,
      (error: unknown) => {
        throw failures[0] ?? error
      },
    )
    return { text, finishReason: await result.finishReason, usage: await result.usage }
  }
  async function turns(id: string, send: (options: never) => PromiseLike<Told>): Promise<ToolTurn> {
    const seen: { input: unknown } = { input: undefined }
    const told = await send({ ...settings(id), ...withTool(seen) } as never)
    return { ...saidBy(told), tool: seen.input === undefined ? '' : weather.name, arguments: seen.input }
  }
  return {
    name,
    plain: async ({ model, text }) => saidBy(await generateText({ ...settings(model), prompt: text })),
    stream: async ({ model, text }) => saidBy(await streamed({ ...settings(model), prompt: text })),
    tools: ({ model }) => turns(model, generateText),
    streamTools: ({ model }) => turns(model, streamed),
    image: async ({ model, text }) => {
      const content = [
        { type: 'text' as const, text },
        { type: 'image' as const, image: pixel, mediaType: 'image/png' },
      ]
      return saidBy(await generateText({ ...settings(model), messages: [{ role: 'user', content }] }))
    },
    structured: async ({ model, text }) => {
      const output = Output.object({ schema: city, name: 'city' })
      return saidBy(await generateText({ ...settings(model), prompt: text, output }))
    },
    error: ({ model, text }) => thrownBy(() => generateText({ ...settings(model), prompt: text })),
  }
}

export const aiOpenai = ({ url, key }: Place): Client =>
  clientOver('ai openai', createOpenAI({ baseURL: `${url}/v1`, apiKey: key }))

/** The same, with answers not stored: it then sends earlier turns whole, which any vendor's model can go on from. */
export const aiOpenaiUnstored = ({ url, key }: Place): Client =>
  clientOver('ai openai unstored', createOpenAI({ baseURL: `${url}/v1`, apiKey: key }), {
    providerOptions: { openai: { store: false } },
  })

export const aiOpenaiChat = ({ url, key }: Place): Client =>
  clientOver('ai openai.chat', (id) => createOpenAI({ baseURL: `${url}/v1`, apiKey: key }).chat(id))

export const aiAnthropic = ({ url, key }: Place): Client =>
  clientOver('ai anthropic', createAnthropic({ baseURL: `${url}/v1`, apiKey: key }))

export const aiGoogle = ({ url, key }: Place): Client =>
  clientOver('ai google', createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: key }))

export const aiBedrock = ({ url, key }: Place): Client =>
  clientOver('ai bedrock', createAmazonBedrock({ baseURL: url, apiKey: key, region: 'eu-central-1' }))
