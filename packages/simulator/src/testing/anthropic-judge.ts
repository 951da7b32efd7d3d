import Anthropic from '@anthropic-ai/sdk'
import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages'
import { expect } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { anthropicKey, sonnet } from './anthropic-clients.ts'

type Params = Omit<Anthropic.MessageCreateParamsNonStreaming, 'model' | 'max_tokens' | 'stream'> & {
  readonly max_tokens?: number
}

/** The official client without its own retries. */
export function anthropicClient(simulator: Simulator): Anthropic {
  return new Anthropic({ apiKey: anthropicKey, baseURL: simulator.url, maxRetries: 0 })
}

/**
 * The same request whole and as a stream, each on an empty cache: what the client accumulates from a stream must have
 * the members of what it gets whole. Gives the whole one.
 */
export async function askBothWays(
  simulator: Simulator,
  client: Anthropic,
  params: Params,
): Promise<Anthropic.Message> {
  const body = { model: sonnet, max_tokens: 4_000, ...params }
  const whole = await client.messages.create(body)
  simulator.reset()
  const events: RawMessageStreamEvent[] = []
  const stream = client.messages.stream(body)
  stream.on('streamEvent', (event) => events.push(event))
  const streamed = await stream.finalMessage()
  expect(shape(streamed)).toEqual(shape(whole))
  expect(events[0]?.type).toBe('message_start')
  expect(events.at(-1)?.type).toBe('message_stop')
  return whole
}

/** Without what follows from a request's bytes, which `stream` changes: the id, the words, their number. */
function shape(message: Anthropic.Message): unknown {
  const members = (block: object): readonly string[] =>
    Object.keys(block)
      .filter((name) => !name.startsWith('parsed'))
      .sort()
  return {
    ...message,
    id: '',
    parsed_output: undefined,
    content: message.content.map((block) => ({ type: block.type, members: members(block) })),
    usage: { ...message.usage, output_tokens: 0, output_tokens_details: undefined },
  }
}

export function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('')
}

export function user(content: Anthropic.MessageParam['content']): Anthropic.MessageParam {
  return { role: 'user', content }
}

export const weather: Anthropic.Tool = {
  name: 'get_weather',
  description: 'The weather of a city',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
    required: ['city', 'unit'],
  },
}
