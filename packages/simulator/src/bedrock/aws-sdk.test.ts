import {
  ConverseCommand,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime'
import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { awsClient, eventNames, said, startForTest, streamedText, streamEvents } from '../testing/clients.ts'
import { claude, novaPro } from '../testing/sample-models.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startForTest()
})
afterAll(async () => {
  await simulator.close()
})

const weatherTool = {
  toolSpec: {
    name: 'get_weather',
    description: 'The weather of a city',
    inputSchema: {
      json: {
        type: 'object',
        properties: { city: { type: 'string' }, days: { type: 'integer' } },
        required: ['city'],
      },
    },
  },
}

const handlers: readonly (readonly [string, 'h2' | 'http/1.1', boolean])[] = [
  ['HTTP/2 without asking', 'h2', false],
  ['HTTP/1.1', 'http/1.1', true],
]

describe.each(handlers)('the official AWS SDK over %s', (_name, protocol, http1) => {
  let client: BedrockRuntimeClient
  beforeAll(() => {
    client = awsClient(simulator, { http1 })
  })
  afterAll(() => {
    client.destroy()
  })

  test('Converse answers with text, stop reason, usage and latency', async () => {
    const answer = await client.send(
      new ConverseCommand({
        modelId: novaPro,
        system: [{ text: 'Be kind.' }],
        messages: said('What is a pointsman?'),
      }),
    )
    const text = answer.output?.message?.content?.[0]?.text ?? ''
    expect(text).toContain('This is Amazon Nova Pro (simulated) in eu-central-1.')
    expect(text).toContain('“What is a pointsman?”')
    expect(answer.output?.message?.role).toBe('assistant')
    expect(answer.stopReason).toBe('end_turn')
    // system 2 tokens, message frame 4, text 5
    expect(answer.usage?.inputTokens).toBe(11)
    expect(answer.usage?.outputTokens).toBe(Math.ceil(text.length / 4))
    expect(answer.usage?.totalTokens).toBe(11 + Math.ceil(text.length / 4))
    expect(answer.metrics?.latencyMs).toBeTypeOf('number')
    expect(simulator.ledger().at(-1)?.protocol).toBe(protocol)
  })

  test('ConverseStream tells the same answer in order, with usage after the stop', async () => {
    const input = { modelId: novaPro, messages: said('Tell me something about railways.') }
    const whole = await client.send(new ConverseCommand(input))
    const { events, error } = await streamEvents(client, input)
    expect(error).toBeNull()
    expect(streamedText(events)).toBe(whole.output?.message?.content?.[0]?.text)
    const names = eventNames(events)
    expect(names[0]).toBe('messageStart')
    expect(names).not.toContain('contentBlockStart')
    expect(names.slice(-3)).toEqual(['contentBlockStop', 'messageStop', 'metadata'])
    expect(names.filter((name) => name === 'contentBlockDelta').length).toBeGreaterThan(5)
    expect(events.at(-1)?.metadata?.usage).toMatchObject({
      inputTokens: whole.usage?.inputTokens,
      outputTokens: whole.usage?.outputTokens,
    })
  })

  test('ConverseStream calls a tool in pieces of JSON', async () => {
    const { events } = await streamEvents(client, {
      modelId: claude,
      messages: said('Please use the get_weather tool for Lisbon.'),
      toolConfig: { tools: [weatherTool] },
    })
    const start = events.find((event) => event.contentBlockStart !== undefined)?.contentBlockStart
    expect(start?.start?.toolUse?.name).toBe('get_weather')
    expect(start?.start?.toolUse?.toolUseId).toMatch(/^tooluse_[a-zA-Z0-9]{22}$/)
    const json = events.map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? '').join('')
    expect(JSON.parse(json)).toEqual({ city: 'Lisbon' })
    expect(events.find((event) => event.messageStop)?.messageStop?.stopReason).toBe('tool_use')
  })

  test('InvokeModel takes and gives bodies of Claude', async () => {
    const answer = await client.send(
      new InvokeModelCommand({
        modelId: claude,
        contentType: 'application/json',
        body: JSON.stringify({
          anthropic_version: 'bedrock-2023-05-31',
          max_tokens: 300,
          messages: [{ role: 'user', content: 'Hello there' }],
        }),
      }),
    )
    const body = JSON.parse(new TextDecoder().decode(answer.body)) as Record<string, unknown>
    expect(body).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-5-5',
      stop_reason: 'end_turn',
    })
    expect(JSON.stringify(body['content'])).toContain('Claude Sonnet 5.5 (simulated)')
    expect(body['usage']).toMatchObject({ input_tokens: 7 })
  })

  test('InvokeModelWithResponseStream gives Anthropic events, the last with the counts of Bedrock', async () => {
    const answer = await client.send(
      new InvokeModelWithResponseStreamCommand({
        modelId: claude,
        body: JSON.stringify({
          anthropic_version: 'bedrock-2023-05-31',
          max_tokens: 300,
          messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello there' }] }],
        }),
      }),
    )
    const events: Record<string, unknown>[] = []
    for await (const item of answer.body ?? []) {
      events.push(JSON.parse(new TextDecoder().decode(item.chunk?.bytes)) as Record<string, unknown>)
    }
    const types = events.map((event) => event['type'])
    expect(types.slice(0, 2)).toEqual(['message_start', 'content_block_start'])
    expect(types.slice(-3)).toEqual(['content_block_stop', 'message_delta', 'message_stop'])
    expect(events.at(-1)?.['amazon-bedrock-invocationMetrics']).toMatchObject({ inputTokenCount: 7 })
  })

  test('InvokeModel takes and gives bodies of Nova, streamed too', async () => {
    const body = JSON.stringify({
      schemaVersion: 'messages-v1',
      messages: said('Hello Nova'),
      inferenceConfig: { maxTokens: 200 },
    })
    const whole = await client.send(new InvokeModelCommand({ modelId: novaPro, body }))
    const parsed = JSON.parse(new TextDecoder().decode(whole.body)) as {
      output: { message: { content: { text: string }[] } }
      usage: { inputTokens: number }
    }
    expect(parsed.output.message.content[0]?.text).toContain('Amazon Nova Pro (simulated)')
    const streamed = await client.send(new InvokeModelWithResponseStreamCommand({ modelId: novaPro, body }))
    let text = ''
    for await (const item of streamed.body ?? []) {
      const event = JSON.parse(new TextDecoder().decode(item.chunk?.bytes)) as {
        contentBlockDelta?: { delta: { text: string } }
      }
      text += event.contentBlockDelta?.delta.text ?? ''
    }
    expect(text).toBe(parsed.output.message.content[0]?.text)
  })

  test('CountTokens counts for a base id and refuses a profile', async () => {
    const input = { converse: { messages: said('Hello there') } }
    const counted = await client.send(
      new CountTokensCommand({ modelId: 'anthropic.claude-sonnet-5-5', input }),
    )
    expect(counted.inputTokens).toBe(7)
    const native = {
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 1,
      messages: [{ role: 'user', content: 'Hello there' }],
    }
    const body = new TextEncoder().encode(JSON.stringify(native))
    const command = new CountTokensCommand({
      modelId: 'anthropic.claude-sonnet-5-5',
      input: { invokeModel: { body } },
    })
    expect((await client.send(command)).inputTokens).toBe(7)
    await expect(client.send(new CountTokensCommand({ modelId: claude, input }))).rejects.toThrow(
      'The provided model identifier is invalid.',
    )
  })

  test('an ARN and an application profile name a model too', async () => {
    const ids = [
      `arn:aws:bedrock:eu-central-1:111122223333:inference-profile/${novaPro}`,
      'arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdef123456',
    ]
    const names = await Promise.all(
      ids.map(async (modelId) => {
        const answer = await client.send(new ConverseCommand({ modelId, messages: said('Who are you?') }))
        return answer.output?.message?.content?.[0]?.text?.slice(0, 24)
      }),
    )
    expect(names).toEqual(['This is Amazon Nova Pro ', 'This is Claude Sonnet 5.'])
  })
})
