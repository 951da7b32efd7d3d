import {
  ConverseCommand,
  ConverseResponse$,
  ConverseStreamMetadataEvent$,
} from '@aws-sdk/client-bedrock-runtime'
import type {
  BedrockRuntimeClient,
  ConverseCommandInput,
  ConverseCommandOutput,
} from '@aws-sdk/client-bedrock-runtime'
import { EventStreamCodec } from '@smithy/eventstream-codec'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { awsClient, post, said, startForTest, streamEvents } from '../testing/clients.ts'
import { missingMembers, unknownMembers } from '../testing/smithy-schema.ts'
import { claude, novaPro } from '../testing/sample-models.ts'

let simulator: Simulator
let client: BedrockRuntimeClient

beforeAll(async () => {
  simulator = await startForTest()
  client = awsClient(simulator, { http1: true })
})
afterAll(async () => {
  client.destroy()
  await simulator.close()
})
beforeEach(() => {
  simulator.reset()
})

function converse(
  input: Omit<ConverseCommandInput, 'modelId'>,
  modelId = claude,
): Promise<ConverseCommandOutput> {
  return client.send(new ConverseCommand({ modelId, ...input }))
}

function textOf(answer: ConverseCommandOutput): string {
  return (answer.output?.message?.content ?? []).map((block) => block.text ?? '').join('')
}

const weather = {
  toolSpec: {
    name: 'get_weather',
    inputSchema: {
      json: {
        type: 'object',
        properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
        required: ['city', 'unit'],
      },
    },
  },
}
const tierHeader = 'x-amzn-bedrock-service-tier'
const clock = { toolSpec: { name: 'get_time', inputSchema: { json: { type: 'object', properties: {} } } } }

describe('how an answer ends', () => {
  test('the same request has the same answer, another seed another', async () => {
    const first = await converse({ messages: said('Tell me something.') })
    const second = await converse({ messages: said('Tell me something.') })
    expect(textOf(second)).toBe(textOf(first))
    const other = await startForTest({ seed: 'another' })
    const otherClient = awsClient(other)
    const third = await otherClient.send(
      new ConverseCommand({ modelId: claude, messages: said('Tell me something.') }),
    )
    expect(textOf(third)).not.toBe(textOf(first))
    otherClient.destroy()
    await other.close()
  })

  test('maxTokens cuts it at exactly so many tokens', async () => {
    const answer = await converse({ messages: said('Write an essay.'), inferenceConfig: { maxTokens: 20 } })
    expect(answer.stopReason).toBe('max_tokens')
    expect(textOf(answer)).toHaveLength(80)
    expect(answer.usage?.outputTokens).toBe(20)
  })

  test('a stop sequence ends it, is not part of it, and can be asked for', async () => {
    const answer = await converse({
      messages: said('Say something.'),
      inferenceConfig: { stopSequences: ['nowhere', ' (simulated)'] },
      additionalModelResponseFieldPaths: ['/stop_sequence'],
    })
    expect(answer.stopReason).toBe('stop_sequence')
    expect(textOf(answer)).toBe('This is Claude Sonnet 5.5')
    expect(answer.additionalModelResponseFields).toEqual({ stop_sequence: ' (simulated)' })
    const { events } = await streamEvents(client, {
      modelId: claude,
      messages: said('Say something.'),
      inferenceConfig: { stopSequences: [' (simulated)'] },
      additionalModelResponseFieldPaths: ['/stop_sequence', '/delta/stop_sequence'],
    })
    expect(events.find((event) => event.messageStop)?.messageStop?.additionalModelResponseFields).toEqual({
      delta: { stop_sequence: ' (simulated)' },
    })
  })

  test('it is as long as was asked for', async () => {
    const short = textOf(await converse({ messages: said('In 30 words: what is a signal?') }))
    const long = textOf(await converse({ messages: said('In 400 words: what is a signal?') }))
    expect(short.split(' ').length).toBeLessThan(80)
    expect(long.split(' ').length).toBeGreaterThan(300)
  })

  test('JSON of a schema where that was asked for', async () => {
    const schema = {
      type: 'object',
      properties: { name: { type: 'string' }, age: { type: 'integer' } },
      additionalProperties: false,
    }
    const answer = await converse({
      messages: said('Invent a person.'),
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: { jsonSchema: { name: 'p', schema: JSON.stringify(schema) } },
        },
      },
    })
    const person = JSON.parse(textOf(answer)) as Record<string, unknown>
    expect(person['name']).toBeTypeOf('string')
    expect(person['age']).toBeTypeOf('number')
  })
})

describe('tools', () => {
  const names = (answer: ConverseCommandOutput): readonly (string | undefined)[] =>
    (answer.output?.message?.content ?? []).flatMap((block) => (block.toolUse ? [block.toolUse.name] : []))

  test('are left alone where nobody asks for them', async () => {
    const answer = await converse({ messages: said('Good morning'), toolConfig: { tools: [weather] } })
    expect([names(answer), answer.stopReason]).toEqual([[], 'end_turn'])
  })

  test('are called by name, with arguments from the message and the schema', async () => {
    const answer = await converse({
      messages: said('What does get weather say for Berlin, in Celsius?'),
      toolConfig: { tools: [clock, weather] },
    })
    const use = answer.output?.message?.content?.find((block) => block.toolUse)?.toolUse
    expect([use?.name, answer.stopReason]).toEqual(['get_weather', 'tool_use'])
    const input = use?.input as Record<string, unknown>
    expect(['Berlin', 'Celsius']).toContain(input['city'])
    expect(input['unit']).toBe('celsius')
  })

  test('any and tool force a call', async () => {
    const tools = [weather, clock]
    const any = await converse({ messages: said('Hello'), toolConfig: { tools, toolChoice: { any: {} } } })
    const one = await converse({
      messages: said('Hello'),
      toolConfig: { tools, toolChoice: { tool: { name: 'get_time' } } },
    })
    expect([names(any), names(one)]).toEqual([['get_weather'], ['get_time']])
    expect(one.output?.message?.content).toHaveLength(1)
  })

  test('two calls where two are asked for', async () => {
    const both = await converse({
      messages: said('Call get_weather and get_time.'),
      toolConfig: { tools: [weather, clock] },
    })
    const twice = await converse({ messages: said('Use the tool twice.'), toolConfig: { tools: [clock] } })
    expect([names(both), names(twice)]).toEqual([
      ['get_weather', 'get_time'],
      ['get_time', 'get_time'],
    ])
    const ids = twice.output?.message?.content?.flatMap((block) =>
      block.toolUse ? [block.toolUse.toolUseId] : [],
    )
    expect(new Set(ids).size).toBe(2)
  })

  test('a result is used in the answer', async () => {
    const question = said('Use get_time')
    const called = await converse({ messages: question, toolConfig: { tools: [clock] } })
    const message = called.output?.message
    const toolUseId = message?.content?.find((block) => block.toolUse)?.toolUse?.toolUseId
    const answer = await converse({
      messages: [
        ...question,
        ...(message === undefined ? [] : [message]),
        { role: 'user', content: [{ toolResult: { toolUseId, content: [{ json: { time: '12:34' } }] } }] },
      ],
      toolConfig: { tools: [clock] },
    })
    expect(answer.stopReason).toBe('end_turn')
    expect(textOf(answer)).toContain('The tool returned: {"time":"12:34"}.')
  })

  test('a call that does not fit into maxTokens is not made', async () => {
    const answer = await converse({
      messages: said('Hello'),
      toolConfig: { tools: [weather], toolChoice: { any: {} } },
      inferenceConfig: { maxTokens: 2 },
    })
    expect([names(answer), answer.stopReason]).toEqual([[], 'max_tokens'])
  })
})

describe('thoughts', () => {
  const additionalModelRequestFields = { thinking: { type: 'enabled', budget_tokens: 1_024 } }

  test('come before the text, with a signature, whole and streamed alike', async () => {
    const input = { messages: said('Why?'), additionalModelRequestFields }
    const answer = await converse(input)
    const [thought, text] = answer.output?.message?.content ?? []
    const reasoning = thought?.reasoningContent?.reasoningText
    expect(reasoning?.text).toContain('“Why?”')
    expect(reasoning?.signature).toMatch(/^[A-Za-z0-9+/=]{40,}$/)
    expect(text?.text).toContain('This is Claude')
    const { events } = await streamEvents(client, { modelId: claude, ...input })
    const deltas = events.map((event) => event.contentBlockDelta)
    expect(deltas.map((delta) => delta?.delta?.reasoningContent?.text ?? '').join('')).toBe(reasoning?.text)
    expect(deltas.map((delta) => delta?.delta?.reasoningContent?.signature ?? '').join('')).toBe(
      reasoning?.signature,
    )
    expect(new Set(deltas.map((delta) => delta?.contentBlockIndex))).toEqual(new Set([undefined, 0, 1]))
  })
})

describe('the prompt cache', () => {
  const system = [
    { text: 'You know the whole timetable. '.repeat(20) },
    { cachePoint: { type: 'default' as const } },
  ]

  test('a second identical prefix is read; totals hold all four counts', async () => {
    const first = (await converse({ system, messages: said('One') })).usage
    const second = (await converse({ system, messages: said('Two') })).usage
    expect(first).toMatchObject({ cacheWriteInputTokens: 150, cacheReadInputTokens: 0, inputTokens: 5 })
    expect(first?.cacheDetails).toEqual([{ ttl: '5m', inputTokens: 150 }])
    expect(second).toMatchObject({ cacheWriteInputTokens: 0, cacheReadInputTokens: 150, inputTokens: 5 })
    expect(second?.totalTokens).toBe(155 + (second?.outputTokens ?? 0))
    const elsewhere = (await converse({ system, messages: said('Two') }, novaPro)).usage
    expect(elsewhere?.cacheReadInputTokens).toBe(0)
  })

  test('what grew behind the first point is written, what stood before is read', async () => {
    const point = { cachePoint: { type: 'default' as const } }
    await converse({ system, messages: said('One') })
    const grown = await converse({
      system,
      messages: [{ role: 'user', content: [{ text: 'x'.repeat(400) }, point] }],
    })
    expect(grown.usage).toMatchObject({
      cacheReadInputTokens: 150,
      cacheWriteInputTokens: 104,
      inputTokens: 0,
    })
  })

  test('a point that moves with the end of the conversation reads the turns before it, for Claude', async () => {
    const point = { cachePoint: { type: 'default' as const } }
    const turn = (text: string) => ({ role: 'user' as const, content: [{ text }, point] })
    const opening = 'moving '.repeat(200)
    const answered = { role: 'assistant' as const, content: [{ text: 'Yes.' }] }
    const readBy = async (model: string): Promise<readonly (number | undefined)[]> => {
      const first = await converse({ messages: [turn(opening)] }, model)
      const messages = [...said(opening), answered, turn('And?')]
      const second = await converse({ messages }, model)
      return [first.usage?.cacheReadInputTokens, second.usage?.cacheReadInputTokens]
    }
    expect(await readBy(claude)).toEqual([0, 354])
    expect(await readBy(novaPro)).toEqual([0, 0])
  })

  test('it is forgotten after five minutes', async () => {
    let now = Date.now()
    const timed = await startForTest({ now: () => now })
    const call = async (): Promise<number> => {
      const answer = await post(timed, `/model/${claude}/converse`, { system, messages: said('One') })
      const body = (await answer.json()) as { usage: { cacheReadInputTokens: number } }
      return body.usage.cacheReadInputTokens
    }
    expect([await call(), await call()]).toEqual([0, 150])
    now += 301_000
    expect(await call()).toBe(0)
    await timed.close()
  })
})

describe('shapes', () => {
  // What real answers carry beside the model (bedrock.md 1.3).
  const undocumented = [
    'usage.cacheReadInputTokenCount',
    'usage.cacheWriteInputTokenCount',
    'usage.serverToolUsage',
  ]

  test("a Converse answer has the model's members and the undocumented ones", async () => {
    const answer = await post(simulator, `/model/${claude}/converse`, {
      messages: said('Use get_weather'),
      toolConfig: { tools: [weather] },
      performanceConfig: { latency: 'optimized' },
      serviceTier: { type: 'flex' },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1_024 } },
    })
    const body = (await answer.json()) as Record<string, unknown>
    expect(unknownMembers(ConverseResponse$, body).toSorted()).toEqual(undocumented)
    expect(missingMembers(ConverseResponse$, body)).toEqual([])
    expect(body).toMatchObject({ performanceConfig: { latency: 'optimized' }, serviceTier: { type: 'flex' } })
    expect(body['usage']).toMatchObject({ serverToolUsage: {} })
  })

  test('frames carry the three headers and the padding', async () => {
    const answer = await post(simulator, `/model/${novaPro}/converse-stream`, { messages: said('Hi') })
    expect(answer.headers.get('content-type')).toBe('application/vnd.amazon.eventstream')
    const frames = decodeFrames(Buffer.from(await answer.arrayBuffer()))
    for (const frame of frames) {
      expect(frame.headers[':message-type']?.value).toBe('event')
      expect(frame.headers[':content-type']?.value).toBe('application/json')
      expect(frame.json['p']).toMatch(/^abc|^ab?$/)
    }
    expect(new Set(frames.map((frame) => String(frame.json['p']).length)).size).toBeGreaterThan(3)
    const { p: _padding, ...metadata } = frames.at(-1)?.json ?? {}
    expect(unknownMembers(ConverseStreamMetadataEvent$, metadata).toSorted()).toEqual(undocumented)
  })

  test('InvokeModel tells in a header which tier served, where one was asked for', async () => {
    const ask = (operation: string, tier: string) =>
      post(simulator, `/model/${novaPro}/${operation}`, { messages: said('Hi') }, { [tierHeader]: tier })
    for (const operation of ['invoke', 'invoke-with-response-stream'])
      expect((await ask(operation, 'flex')).headers.get(tierHeader)).toBe('flex')
    expect((await ask('invoke', 'fast')).status).toBe(400)
  })

  test('InvokeModel tells counts in headers', async () => {
    const answer = await post(simulator, `/model/${novaPro}/invoke`, { messages: said('Hi') })
    expect(answer.headers.get('x-amzn-bedrock-input-token-count')).toBe('5')
    expect(Number(answer.headers.get('x-amzn-bedrock-output-token-count'))).toBeGreaterThan(0)
  })
})

interface DecodedFrame {
  readonly headers: ReturnType<EventStreamCodec['decode']>['headers']
  readonly json: Record<string, unknown>
}

function decodeFrames(bytes: Buffer): readonly DecodedFrame[] {
  const codec = new EventStreamCodec(
    (data) => Buffer.from(data as Uint8Array).toString(),
    (text) => Buffer.from(text),
  )
  const frames: DecodedFrame[] = []
  for (let position = 0; position < bytes.length;) {
    const length = bytes.readUInt32BE(position)
    const frame = codec.decode(bytes.subarray(position, position + length))
    const json = JSON.parse(Buffer.from(frame.body).toString()) as Record<string, unknown>
    frames.push({ headers: frame.headers, json })
    position += length
  }
  return frames
}
