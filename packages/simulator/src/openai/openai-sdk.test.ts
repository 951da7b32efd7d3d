import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startSimulator, type Simulator } from '../simulator.ts'
import type { SimulatedModel } from '../simulated-model.ts'

/** The official client, unchanged, is the judge. */
const plain: SimulatedModel = {
  id: 'gpt-4.1',
  name: 'GPT-4.1',
  vendor: 'openai',
  format: 'openai',
  purpose: 'chat',
  baseModelId: null,
  abilities: {
    tools: true,
    toolsStreaming: true,
    images: true,
    documents: true,
    streaming: true,
    promptCaching: true,
    reasoning: false,
  },
  contextTokens: 100_000,
  maxOutputTokens: 4_000,
  sourceRegions: [],
  destinationRegions: [],
  lifecycle: { status: 'active', endsOn: null },
}
const thinking: SimulatedModel = {
  ...plain,
  id: 'gpt-6-luna',
  name: 'GPT-6 Luna',
  abilities: { ...plain.abilities, reasoning: true },
}
const embedding: SimulatedModel = { ...plain, id: 'text-embedding-3-small', purpose: 'embedding' }

let simulator: Simulator
let client: OpenAI
beforeAll(async () => {
  simulator = await startSimulator({
    models: [plain, thinking, embedding],
    credentials: { apiKeys: ['sk-right'] },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
  })
  client = new OpenAI({ baseURL: `${simulator.url}/v1`, apiKey: 'sk-right', maxRetries: 0 })
})
afterAll(() => simulator.close())
beforeEach(() => simulator.reset())

const hello = [{ role: 'user' as const, content: 'Hello, how are you?' }]
const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    strict: true,
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
}

describe('chat completions', () => {
  test('answer with usage, whole and streamed alike', async () => {
    const { data, response } = await client.chat.completions
      .create({ model: 'gpt-4.1', messages: hello })
      .withResponse()
    expect(data.choices[0]?.message.content).toContain('This is GPT-4.1 (simulated)')
    expect(data.usage?.total_tokens).toBe(
      (data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0),
    )
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    const stream = await client.chat.completions.create({
      model: 'gpt-4.1',
      messages: hello,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let total = 0
    let finish: string | null = null
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      finish = chunk.choices[0]?.finish_reason ?? finish
      total = chunk.usage?.total_tokens ?? total
    }
    expect(text).toContain('This is GPT-4.1 (simulated)')
    expect([finish, total > 0]).toEqual(['stop', true])
  })

  test('call tools, in the stream too, and go on with their results', async () => {
    const messages = [
      { role: 'user' as const, content: 'What is the weather in Berlin? Use the get_weather tool.' },
    ]
    const streamed = client.chat.completions.stream({ model: 'gpt-4.1', messages, tools: [weather] })
    const { choices } = await streamed.finalChatCompletion()
    const call = choices[0]?.message.tool_calls?.[0]
    if (call?.type !== 'function') throw new Error('no call')
    expect([call.function.name, choices[0]?.finish_reason]).toEqual(['get_weather', 'tool_calls'])
    expect(typeof (JSON.parse(call.function.arguments) as { city: unknown }).city).toBe('string')
    const answer = await client.chat.completions.create({
      model: 'gpt-4.1',
      messages: [
        ...messages,
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: call.id, content: '21 degrees' },
      ],
      tools: [weather],
    })
    expect(answer.choices[0]?.message.content).toContain('21 degrees')
  })

  test('keep to a schema, tell log probabilities, several choices and thoughts', async () => {
    const schema = weather.function.parameters
    const shaped = await client.chat.completions.create({
      model: 'gpt-4.1',
      messages: hello,
      n: 2,
      logprobs: true,
      top_logprobs: 2,
      response_format: { type: 'json_schema', json_schema: { name: 'city', strict: true, schema } },
    })
    expect(shaped.choices).toHaveLength(2)
    expect(JSON.parse(shaped.choices[0]?.message.content ?? '')).toHaveProperty('city')
    expect(shaped.choices[0]?.logprobs?.content?.[0]?.top_logprobs).toHaveLength(2)
    const thought = await client.chat.completions.create({
      model: 'gpt-6-luna',
      messages: hello,
      reasoning_effort: 'high',
    })
    expect(thought.usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0)
  })

  test.each([
    [{ temperature: 3 }, 'temperature'],
    [{ made_up: 1 }, 'made_up'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ messages: [{ role: 'tool', tool_call_id: 'x', content: 'y' }] }, 'messages[0].role'],
    [{ stream_options: { include_usage: true } }, 'stream_options'],
    [{ model: 'gpt-6-luna', max_tokens: 5 }, 'max_tokens'],
    [{ model: 'gpt-6-luna', temperature: 0 }, 'temperature'],
  ])('refuse %o by name', async (more, param) => {
    const asked = client.chat.completions.create({ model: 'gpt-4.1', messages: hello, ...more } as never)
    await expect(asked).rejects.toMatchObject({ status: 400, param })
  })

  test('refuse strangers and unknown models', async () => {
    const stranger = new OpenAI({ baseURL: `${simulator.url}/v1`, apiKey: 'sk-wrong', maxRetries: 0 })
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
    const asked = client.chat.completions.create({ model: 'gpt-0', messages: hello })
    await expect(asked).rejects.toBeInstanceOf(OpenAI.NotFoundError)
    simulator.script({ effect: { throttle: true } })
    await expect(
      client.chat.completions.create({ model: 'gpt-4.1', messages: hello }),
    ).rejects.toBeInstanceOf(OpenAI.RateLimitError)
  })

  test('a stream that is ended early has no end mark, and an error inside it is thrown', async () => {
    simulator.script({
      times: 1,
      effect: { exceptionAfterChunks: { n: 1, name: 'server_error', message: 'broke' } },
    })
    const stream = await client.chat.completions.create({ model: 'gpt-4.1', messages: hello, stream: true })
    await expect(
      (async () => {
        for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk')
      })(),
    ).rejects.toThrow('broke')
  })
})

describe('responses', () => {
  test('answer, whole and streamed alike', async () => {
    const whole = await client.responses.create({
      model: 'gpt-4.1',
      input: 'Hello',
      instructions: 'Be kind.',
    })
    expect(whole.output_text).toContain('This is GPT-4.1 (simulated)')
    expect([whole.status, (whole.usage?.total_tokens ?? 0) > 0]).toEqual(['completed', true])
    const stream = client.responses.stream({ model: 'gpt-4.1', input: 'Hello' })
    const types: string[] = []
    for await (const event of stream) types.push(event.type)
    expect(types.slice(0, 4)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
    ])
    expect(types.at(-1)).toBe('response.completed')
    expect((await stream.finalResponse()).output_text).toContain('This is GPT-4.1')
  })

  test('call tools, think, and take their own thoughts back', async () => {
    const asked = {
      model: 'gpt-6-luna',
      reasoning: { effort: 'low' as const, summary: 'auto' as const },
      include: ['reasoning.encrypted_content' as const],
      tools: [{ type: 'function' as const, ...weather.function }],
    }
    const input = [
      { role: 'user' as const, content: 'What is the weather in Berlin? Use the get_weather tool.' },
    ]
    const first = await client.responses.create({ ...asked, input })
    const call = first.output.find((item) => item.type === 'function_call')
    const thought = first.output.find((item) => item.type === 'reasoning')
    if (call === undefined || thought === undefined) throw new Error('no call or no thought')
    expect(thought.summary).toHaveLength(1)
    const result = { type: 'function_call_output' as const, call_id: call.call_id, output: '21 degrees' }
    const second = await client.responses.create({ ...asked, input: [...input, thought, call, result] })
    expect(second.output_text).toContain('21 degrees')
    const forged = { ...thought, encrypted_content: 'AAAA' }
    await expect(
      client.responses.create({ ...asked, input: [...input, forged, call, result] }),
    ).rejects.toMatchObject({ status: 400, code: 'invalid_encrypted_content' })
    await expect(client.responses.create({ ...asked, input: [...input, thought, call] })).rejects.toThrow(
      'No tool output',
    )
  })

  test('count input and tell a cut', async () => {
    const counted = await client.responses.inputTokens.count({ model: 'gpt-4.1', input: 'Hello' })
    expect(counted.input_tokens).toBeGreaterThan(0)
    const cut = await client.responses.create({ model: 'gpt-4.1', input: 'Hello', max_output_tokens: 16 })
    expect([cut.status, cut.incomplete_details?.reason]).toEqual(['incomplete', 'max_output_tokens'])
  })
})

test('embeddings are the same as floats and as base64, and models are listed', async () => {
  const asked = { model: 'text-embedding-3-small', input: ['one', 'two'], dimensions: 8 }
  const floats = await client.embeddings.create({ ...asked, encoding_format: 'float' })
  const decoded = await client.embeddings.create(asked)
  expect(floats.data).toHaveLength(2)
  expect(decoded.data[0]?.embedding[0]).toBeCloseTo(floats.data[0]?.embedding[0] ?? Number.NaN, 5)
  expect(floats.usage.prompt_tokens).toBe(2)
  const { data } = await client.models.list()
  expect(data.map(({ id }) => id)).toContain('gpt-4.1')
  expect((await client.models.retrieve('gpt-4.1')).object).toBe('model')
})
