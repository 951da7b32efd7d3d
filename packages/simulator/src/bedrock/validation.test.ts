import { ConverseCommand, ValidationException } from '@aws-sdk/client-bedrock-runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { awsClient, post, said, startForTest } from '../testing/clients.ts'
import { claude, micro, novaPro } from '../testing/sample-models.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startForTest()
})
afterAll(async () => {
  await simulator.close()
})

async function refusal(body: unknown, modelId = novaPro, operation = 'converse'): Promise<string> {
  const answer = await post(simulator, `/model/${encodeURIComponent(modelId)}/${operation}`, body)
  const { message } = (await answer.json()) as { message: string }
  return `${answer.status} ${answer.headers.get('x-amzn-errortype')?.split(':')[0] ?? 'none'}: ${message}`
}

const invalid = '400 ValidationException: '
const tool = (name: string): object => ({ toolSpec: { name, inputSchema: { json: { type: 'object' } } } })
const toolConfig = { tools: [tool('look_up')] }
const png = { image: { format: 'png', source: { bytes: 'aGVsbG8=' } } }
const call = {
  role: 'assistant',
  content: [{ toolUse: { toolUseId: 'tooluse_1', name: 'look_up', input: {} } }],
}
const answering = (item: object): object => ({
  role: 'user',
  content: [{ toolResult: { toolUseId: 'tooluse_1', content: [item] } }],
})
const result = answering({ text: 'found' })
const pdf = { document: { format: 'pdf', name: 'a', source: { bytes: 'aGVsbG8=' } } }
const cachePoint = { cachePoint: { type: 'default' } }

describe('which model', () => {
  test('an unknown id, through the SDK', async () => {
    const client = awsClient(simulator)
    const failure: unknown = await client
      .send(new ConverseCommand({ modelId: 'eu.nobody.x', messages: said('Hi') }))
      .then(
        () => null,
        (error: unknown) => error,
      )
    expect(failure).toBeInstanceOf(ValidationException)
    expect(failure).toMatchObject({ message: 'The provided model identifier is invalid.' })
    client.destroy()
  })

  test('a base id that its region serves only through a profile', async () => {
    const text = (id: string): string =>
      `${invalid}Invocation of model ID ${id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`
    expect(await refusal({ messages: said('Hi') }, 'amazon.nova-pro-v1:0')).toBe(text('amazon.nova-pro-v1:0'))
    // Known from its profile alone.
    const base = 'anthropic.claude-sonnet-5-5'
    expect(await refusal({ messages: said('Hi') }, base)).toBe(text(base))
    const elsewhere = await post(simulator, '/region/eu-west-1/model/amazon.nova-pro-v1:0/converse', {
      messages: said('Hi'),
    })
    expect(elsewhere.status).toBe(200)
  })

  test('a model that the region does not have, an ARN of another region, an id that is no URL', async () => {
    const unknown = `${invalid}The provided model identifier is invalid.`
    expect(await refusal({ messages: said('Hi') }, 'mistral.mistral-7b-instruct-v0:2')).toBe(unknown)
    const arn = `arn:aws:bedrock:us-east-1:111122223333:inference-profile/${novaPro}`
    expect(await refusal({ messages: said('Hi') }, arn)).toBe(unknown)
    const broken = await post(simulator, '/model/%E0%A4%A/converse', { messages: said('Hi') })
    expect(broken.status).toBe(400)
  })

  test('a model past its end of life is served', async () => {
    const id = 'anthropic.claude-3-5-sonnet-20241022-v2:0'
    const answer = await post(simulator, `/model/${id}/converse`, { messages: said('Still there?') })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('Claude 3.5 Sonnet (simulated)')
  })

  test('an embedding model', async () => {
    expect(await refusal({ messages: said('Hi') }, 'amazon.titan-embed-text-v2:0')).toMatch(
      /This action doesn't support the model that you provided\./,
    )
  })

  test('unknown paths', async () => {
    for (const path of ['/model/x/constructor', '/model//converse', '/nothing']) {
      const answer = await post(simulator, path, {})
      expect([answer.status, answer.headers.get('x-amzn-errortype')?.split(':')[0]]).toEqual([
        404,
        'UnknownOperationException',
      ])
    }
  })
})

describe('what the model cannot do', () => {
  const llama = 'meta.llama3-3-70b-instruct-v1:0'
  test('images, tools while streaming, tools at all, caching, thinking', async () => {
    expect(
      await refusal({ messages: [{ role: 'user', content: [png, { text: 'What is it?' }] }] }, micro),
    ).toBe(
      `${invalid}This model doesn't support the image content block that you provided. Update the content block and try again.`,
    )
    expect(await refusal({ messages: said('Hi'), toolConfig }, llama, 'converse-stream')).toBe(
      `${invalid}This model doesn't support tool use in streaming mode.`,
    )
    const whole = await post(simulator, `/model/${llama}/converse`, { messages: said('Hi'), toolConfig })
    expect(whole.status).toBe(200)
    const noTools = await post(
      simulator,
      '/region/eu-west-1/model/mistral.mistral-7b-instruct-v0:2/converse',
      {
        messages: said('Hi'),
        toolConfig,
      },
    )
    expect(await noTools.json()).toEqual({ message: "This model doesn't support tool use." })
    const cached = { messages: said('Hi'), system: [{ text: 'x' }, { cachePoint: { type: 'default' } }] }
    expect(await refusal(cached, llama)).toMatch(/^403 AccessDeniedException: .*prompt caching/)
    const thinking = { type: 'enabled', budget_tokens: 2_000 }
    expect(await refusal({ messages: said('Hi'), additionalModelRequestFields: { thinking } }, micro)).toBe(
      `${invalid}Malformed input request: #: extraneous key [thinking] is not permitted, please reformat your input and try again.`,
    )
    const old = 'anthropic.claude-3-5-sonnet-20241022-v2:0'
    const path = `/region/us-east-1/model/${old}/converse`
    const unable = await post(simulator, path, {
      messages: said('Hi'),
      additionalModelRequestFields: { thinking },
    })
    expect(await unable.json()).toEqual({
      message: 'The model returned the following errors: thinking: Extra inputs are not permitted',
    })
  })

  test('more tokens than its limits', async () => {
    expect(await refusal({ messages: said('Hi'), inferenceConfig: { maxTokens: 4_097 } }, micro)).toBe(
      `${invalid}The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.`,
    )
    const llama = 'meta.llama3-3-70b-instruct-v1:0'
    const forced = { messages: said('Hi'), toolConfig: { ...toolConfig, toolChoice: { any: {} } } }
    expect(await refusal(forced, llama)).toBe(
      `${invalid}This model doesn't support the toolConfig.toolChoice.any field. Remove toolConfig.toolChoice.any and try again.`,
    )
    const system = { messages: said('Hi'), system: [{ text: 'Be brief.' }] }
    const place = '/region/eu-west-1/model/mistral.mistral-7b-instruct-v0:2/converse'
    expect(await (await post(simulator, place, system)).text()).toContain(
      "This model doesn't support system messages.",
    )
    const stop = { messages: said('Hi'), inferenceConfig: { stopSequences: [' '] } }
    expect(await refusal(stop, claude)).toMatch(
      /stop_sequences: each stop sequence must contain non-whitespace/,
    )
    expect(await refusal({ messages: said('long '.repeat(2_000)) }, micro)).toBe(
      `${invalid}Input is too long for requested model.`,
    )
  })
})

describe('what Converse demands of a body', () => {
  test.each([
    ['{', 'Malformed input request: The body is not valid JSON, please reformat your input and try again.'],
    [
      '[]',
      'Malformed input request: The body is not a JSON object, please reformat your input and try again.',
    ],
    [
      {},
      "1 validation error detected: Value at 'messages' failed to satisfy constraint: Member must not be null",
    ],
    [
      { messages: [] },
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    ],
    [
      { messages: [{ role: 'user', content: [] }] },
      'The content field in the Message object at messages.0 is empty. Add a ContentBlock object to the content field and try again.',
    ],
    [
      { messages: said(' \n') },
      'The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.',
    ],
    [
      { messages: [...said('Hi'), ...said('again')] },
      'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
    ],
    [
      { messages: [{ role: 'system', content: [{ text: 'x' }] }] },
      "1 validation error detected: Value 'system' at 'messages.1.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant]",
    ],
    [
      { messages: [{ role: 'user', content: [{ text: 'x', image: png.image }] }] },
      /^1 validation error detected: Value at 'messages\.0\.content\.0' .* exactly one of \[text, image, .*\] set, but it has \[text, image\]$/,
    ],
    [{ messages: [{ role: 'user', content: [{ txt: 'x' }] }] }, /exactly one of .* but it has \[txt\]$/],
    [
      { messages: said('Hi'), inferenceConfig: { maxTokens: 0 } },
      "1 validation error detected: Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      { messages: said('Hi'), inferenceConfig: { temperature: 1.5 } },
      "1 validation error detected: Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
    ],
    [
      { messages: said('Hi'), toolConfig: { tools: [tool('bad name')] } },
      "1 validation error detected: Value 'bad name' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
    ],
    [
      { messages: said('Hi'), toolConfig: { tools: [tool('a'.repeat(65))] } },
      /Member must have length less than or equal to 64$/,
    ],
    [
      { messages: said('Hi'), toolConfig: { tools: [tool('a'), tool('a')] } },
      /more than one tool with the name a\./,
    ],
    [
      { messages: said('Hi'), toolConfig: { ...toolConfig, toolChoice: { tool: { name: 'b' } } } },
      /^The tool b in/,
    ],
    [
      { messages: [...said('Hi'), call, ...said('and?')], toolConfig },
      'Expected toolResult blocks at messages.2.content for the following Ids: tooluse_1',
    ],
    [
      { messages: [result], toolConfig },
      'The number of toolResult blocks at messages.0.content exceeds the number of toolUse blocks of previous turn.',
    ],
    [
      { messages: [...said('Hi'), call, result] },
      'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
    ],
    [
      { messages: [{ role: 'user', content: [pdf] }] },
      'A text block must be included when using documents. Add a text block and retry your request.',
    ],
    [
      { messages: [...said('Hi'), call, answering({ json: ['found'] })], toolConfig },
      'The format of the value at messages.2.content.0.toolResult.content.0.json is invalid. Provide a json object for the field and try again.',
    ],
    [
      {
        messages: [...said('Hi'), { ...call, content: [...call.content, { text: 'I look.' }] }, result],
        toolConfig,
      },
      /^The model returned the following errors: messages\.1: `tool_use` ids were found without `tool_result`/,
    ],
    [
      { messages: [...said('Hi'), call, result, call, result], toolConfig },
      'The model returned the following errors: messages.3.content.0: `tool_use` ids must be unique',
    ],
    [
      { messages: [...said('Hi'), { role: 'assistant', content: [{ text: 'I think ' }] }] },
      'The model returned the following errors: messages: final assistant content cannot end with trailing whitespace',
    ],
    [
      {
        messages: [
          {
            role: 'user',
            content: Array(5)
              .fill([{ text: 'x' }, cachePoint])
              .flat(),
          },
        ],
      },
      /^The model returned the following errors: A maximum of 4 blocks with cache_control/,
    ],
    [
      {
        messages: [...said('Hi'), call, result],
        toolConfig,
        additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2_000 } },
      },
      /^The model returned the following errors: messages\.1\.content\.0\.type: Expected `thinking`/,
    ],
    [
      { messages: said('Hi'), requestMetadata: { team: 'a|b' } },
      /'requestMetadata' failed to satisfy constraint: Member must satisfy regular expression pattern/,
    ],
    [
      { messages: said('Hi'), guardrailConfig: { guardrailIdentifier: 'x', guardrailVersion: '1' } },
      'The guardrail identifier or version provided in the request does not exist.',
    ],
    [
      {
        messages: said('Hi'),
        additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 10 } },
      },
      /budget_tokens: Input should be greater than or equal to 1024$/,
    ],
  ])('%j', async (body, message) => {
    const text = await refusal(body, claude)
    expect(text.startsWith(invalid)).toBe(true)
    if (typeof message === 'string') expect(text.slice(invalid.length)).toBe(message)
    else expect(text.slice(invalid.length)).toMatch(message)
  })

  test('a wrong type is a SerializationException', async () => {
    expect(await refusal({ messages: 'Hi' })).toBe(
      '400 SerializationException: STRING_VALUE can not be converted to a List',
    )
    expect(await refusal({ messages: [{ role: 'user', content: [{ text: 5 }] }] })).toBe(
      '400 SerializationException: NUMBER_VALUE can not be converted to a String',
    )
  })

  test('members that are not known are ignored, as the service does', async () => {
    const answer = await post(simulator, `/model/${novaPro}/converse`, { messages: said('Hi'), unheardOf: 1 })
    expect(answer.status).toBe(200)
  })
})

describe('what InvokeModel demands of a Claude body', () => {
  const good = {
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'Hi' }],
  }
  const use = { type: 'tool_use', id: 'toolu_1', name: 'x', input: {} }
  test.each([
    [{ ...good, model: 'x' }, /^Malformed input request: #: extraneous key \[model\] is not permitted/],
    [{ ...good, stream: true }, /extraneous key \[stream\]/],
    [{ ...good, max_tokens: undefined }, /required key \[max_tokens\] not found/],
    [{ ...good, anthropic_version: '2023-06-01' }, /^anthropic_version: Input should be/],
    [{ ...good, messages: [] }, 'messages: at least one message is required'],
    [{ ...good, messages: [{ role: 'assistant', content: 'x' }] }, /first message must use the "user" role/],
    [{ ...good, messages: [{ role: 'user', content: '' }] }, /text content blocks must be non-empty/],
    [
      { ...good, messages: [{ role: 'user', content: [{ type: 'toString' }] }] },
      /Input tag 'toString' found/,
    ],
    [
      { ...good, messages: [...good.messages, { role: 'assistant', content: [use] }, ...good.messages] },
      /^messages\.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1\./,
    ],
    [
      { ...good, messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_9' }] }] },
      /unexpected `tool_use_id` found in `tool_result` blocks: toolu_9/,
    ],
  ])('%j', async (body, message) => {
    const text = await refusal(body, claude, 'invoke')
    expect(text.startsWith(invalid)).toBe(true)
    expect(text.slice(invalid.length)).toMatch(message)
  })

  test('a model of another format', async () => {
    expect(await refusal({ prompt: 'x' }, 'meta.llama3-3-70b-instruct-v1:0', 'invoke')).toMatch(
      /Use Converse for meta/,
    )
  })
})

test.each([
  ['report', 200],
  ['Report_2026 (final) [v2]-a', 200],
  ['report.pdf', 400],
  ['Übersicht', 400],
  ['two  spaces', 400],
  ['a\u3000b', 400],
])('a document by the name of %j', async (name, status) => {
  const document = { format: 'txt', name, source: { bytes: 'aGVsbG8=' } }
  const answer = await post(simulator, `/model/${claude}/converse`, {
    messages: [{ role: 'user', content: [{ document }, { text: 'Read.' }] }],
  })
  expect(answer.status).toBe(status)
  if (status === 400) expect(await answer.text()).toContain('The document file name can only contain')
})
