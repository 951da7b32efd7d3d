import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type ContentBlock,
  type ConverseCommandInput,
  type ConverseStreamCommandOutput,
  type Message,
} from '@aws-sdk/client-bedrock-runtime'
import { citySchema, pixel, thrownBy, toolQuestion, toolResult, weather } from './client.ts'
import type { Client, Place, Said, ToolTurn } from './client.ts'

interface Answer extends Said {
  readonly content: readonly ContentBlock[]
}

const toolConfig = {
  tools: [
    {
      toolSpec: {
        name: weather.name,
        description: weather.description,
        inputSchema: { json: { ...weather.schema, required: [...weather.schema.required] } },
      },
    },
  ],
}

const textOf = (content: readonly ContentBlock[]): string => content.map((block) => block.text ?? '').join('')

/** Converse and ConverseStream, over the SDK's own HTTP/2 handler and with a bearer token. */
export function awsConverse({ url, key }: Place): Client {
  const client = new BedrockRuntimeClient({
    endpoint: url,
    region: 'eu-central-1',
    token: { token: key },
    authSchemePreference: ['httpBearerAuth'],
    maxAttempts: 1,
  })
  async function whole(input: ConverseCommandInput): Promise<Answer> {
    const { output, stopReason, usage } = await client.send(new ConverseCommand(input))
    const content = output?.message?.content ?? []
    return {
      content,
      text: textOf(content),
      finish: stopReason ?? null,
      outputTokens: usage?.outputTokens ?? null,
    }
  }
  async function streamed(input: ConverseCommandInput): Promise<Answer> {
    const { stream } = await client.send(new ConverseStreamCommand(input))
    return joined(stream ?? [])
  }
  const asked = (text: string): Message[] => [{ role: 'user', content: [{ text }] }]
  async function turns(modelId: string, send: typeof whole): Promise<ToolTurn> {
    const first = await send({ modelId, messages: asked(toolQuestion), toolConfig })
    const call = first.content.find((block) => block.toolUse !== undefined)?.toolUse
    if (call === undefined) throw new Error('the model called no tool')
    const toolResult_ = { toolUseId: call.toolUseId, content: [{ text: toolResult }] }
    const history: Message[] = [
      ...asked(toolQuestion),
      { role: 'assistant', content: [...first.content] },
      { role: 'user', content: [{ toolResult: toolResult_ }] },
    ]
    const second = await send({ modelId, messages: history, toolConfig })
    return { ...second, tool: call.name ?? '', arguments: call.input }
  }
  return {
    name: 'aws converse',
    plain: ({ model, text }) => whole({ modelId: model, messages: asked(text) }),
    stream: ({ model, text }) => streamed({ modelId: model, messages: asked(text) }),
    tools: ({ model }) => turns(model, whole),
    streamTools: ({ model }) => turns(model, streamed),
    image: ({ model, text }) => {
      const image = { format: 'png' as const, source: { bytes: Buffer.from(pixel, 'base64') } }
      return whole({ modelId: model, messages: [{ role: 'user', content: [{ text }, { image }] }] })
    },
    structured: ({ model, text }) => {
      const jsonSchema = { name: 'city', schema: JSON.stringify(citySchema) }
      const outputConfig = { textFormat: { type: 'json_schema' as const, structure: { jsonSchema } } }
      return whole({ modelId: model, messages: asked(text), outputConfig })
    },
    error: ({ model, text }) => thrownBy(() => whole({ modelId: model, messages: asked(text) })),
  }
}

type Events = NonNullable<ConverseStreamCommandOutput['stream']>

/** The blocks that a stream tells piece by piece. */
async function joined(events: Events | readonly never[]): Promise<Answer> {
  const blocks = new Map<
    number,
    { text: string; json: string; start: ContentBlock.ToolUseMember['toolUse'] | null }
  >()
  let finish: string | null = null
  let outputTokens: number | null = null
  const at = (index: number) => {
    const block = blocks.get(index) ?? { text: '', json: '', start: null }
    blocks.set(index, block)
    return block
  }
  for await (const event of events) {
    const { contentBlockStart: start, contentBlockDelta: delta } = event
    if (start?.start?.toolUse !== undefined) {
      const { toolUseId, name } = start.start.toolUse
      at(start.contentBlockIndex ?? 0).start = { toolUseId, name, input: {} }
    }
    if (delta?.delta?.text !== undefined) at(delta.contentBlockIndex ?? 0).text += delta.delta.text
    if (delta?.delta?.toolUse !== undefined)
      at(delta.contentBlockIndex ?? 0).json += delta.delta.toolUse.input ?? ''
    finish = event.messageStop?.stopReason ?? finish
    outputTokens = event.metadata?.usage?.outputTokens ?? outputTokens
  }
  const content = [...blocks.values()].flatMap(({ text, json, start }): ContentBlock[] => {
    if (start !== null)
      return [{ toolUse: { ...start, input: JSON.parse(json === '' ? '{}' : json) as never } }]
    return text === '' ? [] : [{ text }]
  })
  return { content, text: textOf(content), finish, outputTokens }
}
