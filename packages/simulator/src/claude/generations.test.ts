import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator } from '../simulator.ts'
import type { Simulator } from '../simulator.ts'
import { anthropicKey, send } from '../testing/anthropic-clients.ts'
import { bearerToken, post } from '../testing/clients.ts'
import { sampleModels } from '../testing/sample-models.ts'

/* What one generation of Claude takes another refuses, on whichever API it is called. */

const generations = [4, 4.5, 4.6, 4.7, 5.5] as const
const nameOf = (generation: number, tier = 'sonnet'): string =>
  `claude-${tier}-${String(generation).replace('.', '-')}`
const all = [...generations.map((generation) => [generation, 'sonnet'] as const), [5.5, 'haiku'] as const]

let simulator: Simulator

beforeAll(async () => {
  const [any] = sampleModels
  if (any === undefined) throw new Error('no sample')
  simulator = await startSimulator({
    models: all.map(([generation, tier]) => ({
      ...any,
      id: `anthropic.${nameOf(generation, tier)}`,
      vendor: 'anthropic',
      format: 'claude',
      baseModelId: null,
      sourceRegions: [],
      generation,
      tier,
    })),
    credentials: { apiKeys: [anthropicKey], bearerTokens: [bearerToken] },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
  })
})
afterAll(() => simulator.close())

const prefill =
  'This model does not support assistant message prefill. The conversation must end with a user message.'
const budget =
  '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
const notDisabled =
  '"thinking.type.disabled" is not supported for this model. Use "thinking.type.between_tools" for the lowest thinking setting, or "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
const notBetweenTools = '"thinking.type.between_tools" is not supported for this model.'
const noAdaptive = 'adaptive thinking is not supported on this model'
const both = '`temperature` and `top_p` cannot both be specified for this model. Please use only one.'
const deprecated = (name: string): string => `\`${name}\` is deprecated for this model.`

interface Asked {
  readonly temperature?: number
  readonly top_p?: number
  readonly top_k?: number
  readonly thinking?: object
  readonly begun?: string
}

/** Of each generation what it says; null where it answers. */
const table: readonly (readonly [Asked, readonly (string | null)[]])[] = [
  [{}, [null, null, null, null, null]],
  [{ temperature: 0.5 }, [null, null, null, deprecated('temperature'), deprecated('temperature')]],
  [{ temperature: 1 }, [null, null, null, null, null]],
  [{ top_p: 0.5 }, [null, null, null, deprecated('top_p'), deprecated('top_p')]],
  [{ top_k: 5 }, [null, null, null, deprecated('top_k'), deprecated('top_k')]],
  [
    { temperature: 0.5, top_p: 0.5 },
    [null, both, both, deprecated('temperature'), deprecated('temperature')],
  ],
  [{ thinking: { type: 'enabled', budget_tokens: 1_024 } }, [null, null, null, budget, budget]],
  [{ thinking: { type: 'adaptive' } }, [noAdaptive, noAdaptive, null, null, null]],
  [{ begun: 'Once' }, [null, null, prefill, prefill, prefill]],
  [{ thinking: { type: 'disabled' } }, [null, null, null, null, notDisabled]],
  [
    { thinking: { type: 'between_tools' } },
    [notBetweenTools, notBetweenTools, notBetweenTools, notBetweenTools, null],
  ],
]

/** The ways to ask, and how each of them introduces the vendor's words. */
const ways: readonly (readonly [string, (name: string, asked: Asked) => Promise<Response>, string])[] = [
  [
    'Messages',
    (model, { begun, ...more }) => {
      const messages = [
        { role: 'user', content: 'Hi' },
        ...(begun === undefined ? [] : [{ role: 'assistant', content: begun }]),
      ]
      return send(simulator, '/v1/messages', { model, max_tokens: 2_000, messages, ...more })
    },
    '',
  ],
  [
    'InvokeModel',
    (model, { begun, ...more }) => {
      const messages = [
        { role: 'user', content: 'Hi' },
        ...(begun === undefined ? [] : [{ role: 'assistant', content: begun }]),
      ]
      const body = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 2_000, messages, ...more }
      return post(simulator, `/model/anthropic.${model}/invoke`, body)
    },
    '',
  ],
  [
    'Converse',
    (model, { begun, temperature, top_p: topP, ...additionalModelRequestFields }) => {
      const messages = [
        { role: 'user', content: [{ text: 'Hi' }] },
        ...(begun === undefined ? [] : [{ role: 'assistant', content: [{ text: begun }] }]),
      ]
      const inferenceConfig = { maxTokens: 2_000, temperature, topP }
      return post(simulator, `/model/anthropic.${model}/converse`, {
        messages,
        inferenceConfig,
        additionalModelRequestFields,
      })
    },
    'The model returned the following errors: ',
  ],
]

async function wordsOf(answer: Response): Promise<string | null> {
  const body = (await answer.json()) as { message?: string; error?: { message: string } }
  if (answer.status === 200) return null
  expect(answer.status).toBe(400)
  return body.error?.message ?? body.message ?? ''
}

describe.each(ways)('by %s', (_, ask, introduction) => {
  test.each(table)('%j', async (asked, expected) => {
    const told = await Promise.all(
      generations.map(async (generation) => wordsOf(await ask(nameOf(generation), asked))),
    )
    expect(told).toEqual(expected.map((words) => (words === null ? null : `${introduction}${words}`)))
  })
})

test('what a model says of its thinking is what it takes; of the newest only Sonnet thinks between tools alone', async () => {
  const typesOf = async (name: string): Promise<readonly string[]> => {
    const answer = await fetch(`${simulator.url}/v1/models/${name}`, {
      headers: { 'x-api-key': anthropicKey, 'anthropic-version': '2023-06-01' },
    })
    const { capabilities } = (await answer.json()) as {
      capabilities: { thinking: { types: { readonly [type: string]: { readonly supported: boolean } } } }
    }
    const types = Object.entries(capabilities.thinking.types)
    return types.filter(([, { supported }]) => supported).map(([type]) => type)
  }
  const asks = async (name: string, type: string): Promise<boolean> => {
    const thinking = type === 'enabled' ? { type, budget_tokens: 1_024 } : { type }
    const messages = [{ role: 'user', content: 'Hi' }]
    const body = { model: name, max_tokens: 2_000, messages, thinking }
    return (await wordsOf(await send(simulator, '/v1/messages', body))) === null
  }
  for (const [generation, tier] of all) {
    const name = nameOf(generation, tier)
    const taken: string[] = []
    for (const type of ['adaptive', 'between_tools', 'disabled', 'enabled'])
      if (await asks(name, type)) taken.push(type)
    expect([name, await typesOf(name)]).toEqual([name, taken])
    expect([name, taken.includes('between_tools')]).toEqual([name, name === 'claude-sonnet-5-5'])
  }
})

test('a count judges nothing by generation, on either API', async () => {
  const model = nameOf(4.7)
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Once' },
  ]
  const own = { messages: messages.slice(0, 1), thinking: { type: 'enabled', budget_tokens: 1_024 } }
  const invoked = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 2_000, temperature: 0.5, messages }
  const conversed = {
    messages: messages.map(({ content, role }) => ({ role, content: [{ text: content }] })),
    inferenceConfig: { maxTokens: 2_000, temperature: 0.5 },
  }
  const count = (input: object): Promise<Response> =>
    post(simulator, `/model/anthropic.${model}/count-tokens`, { input })
  const body = Buffer.from(JSON.stringify(invoked)).toString('base64')
  const told = [
    await send(simulator, '/v1/messages/count_tokens', { model, ...own }),
    await count({ invokeModel: { body } }),
    await count({ converse: conversed }),
  ]
  expect(await Promise.all(told.map(wordsOf))).toEqual([null, null, null])
})

const forced = 'tool_choice: type "tool" and "any" are not supported for this model.'

/** Each API's own form of a tool that is forced. */
const forcedWays: typeof ways = [
  [
    'Messages',
    (model) =>
      send(simulator, '/v1/messages', {
        model,
        max_tokens: 2_000,
        messages: [{ role: 'user', content: 'Hi' }],
        tools: [{ name: 'f', input_schema: { type: 'object' } }],
        tool_choice: { type: 'any' },
      }),
    '',
  ],
  [
    'a count of Messages',
    (model) =>
      send(simulator, '/v1/messages/count_tokens', {
        model,
        messages: [{ role: 'user', content: 'Hi' }],
        tools: [{ name: 'f', input_schema: { type: 'object' } }],
        tool_choice: { type: 'tool', name: 'f' },
      }),
    '',
  ],
  [
    'InvokeModel',
    (model) =>
      post(simulator, `/model/anthropic.${model}/invoke`, {
        anthropic_version: 'bedrock-2023-05-31',
        max_tokens: 2_000,
        messages: [{ role: 'user', content: 'Hi' }],
        tools: [{ name: 'f', input_schema: { type: 'object' } }],
        tool_choice: { type: 'tool', name: 'f' },
      }),
    '',
  ],
  [
    'Converse',
    (model) =>
      post(simulator, `/model/anthropic.${model}/converse`, {
        messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
        toolConfig: {
          tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }],
          toolChoice: { any: {} },
        },
      }),
    'The model returned the following errors: ',
  ],
]

test.each(forcedWays)(
  'a forced tool is refused by 5.5 but for Haiku, by %s',
  async (_, ask, introduction) => {
    const told = await Promise.all(
      all.map(async ([generation, tier]) => wordsOf(await ask(nameOf(generation, tier), {}))),
    )
    expect(told).toEqual([null, null, null, null, `${introduction}${forced}`, null])
  },
)

test('Haiku 5.5 can be told not to think', async () => {
  for (const [, ask] of ways) {
    const answer = await ask(nameOf(5.5, 'haiku'), { thinking: { type: 'disabled' } })
    expect(await wordsOf(answer)).toBeNull()
  }
})

interface Block {
  readonly thinking?: string
  readonly reasoningContent?: {
    readonly reasoningText: { readonly text: string; readonly signature: string }
  }
}

test('thoughts come without their text from 4.7 on, unless it is asked for', async () => {
  const converse = async (generation: number, thinking: object): Promise<readonly Block[]> => {
    const [, ask] = ways[2] ?? []
    const answer = await ask?.(nameOf(generation), { thinking })
    const body = (await answer?.json()) as { output: { message: { content: readonly Block[] } } }
    return body.output.message.content
  }
  const texts = async (thinking: object): Promise<readonly (string | undefined)[]> => {
    const told: (string | undefined)[] = []
    for (const generation of [4.6, 4.7]) {
      const answer = await ways[0]?.[1](nameOf(generation), { thinking })
      const { content } = (await answer?.json()) as { content: readonly Block[] }
      const [thought] = await converse(generation, thinking)
      told.push(content[0]?.thinking, thought?.reasoningContent?.reasoningText.text)
      expect(thought?.reasoningContent?.reasoningText.signature).toMatch(/./)
    }
    return told
  }
  const some = expect.stringContaining('The user writes') as string
  expect(await texts({ type: 'adaptive' })).toEqual([some, some, '', ''])
  expect(await texts({ type: 'adaptive', display: 'summarized' })).toEqual([some, some, some, some])
  const body = { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }
  const fields = { additionalModelRequestFields: { thinking: { type: 'adaptive' } } }
  const path = `/model/anthropic.${nameOf(4.7)}/converse-stream`
  const stream = await (await post(simulator, path, { ...body, ...fields })).text()
  expect(stream).toContain('{"reasoningContent":{"signature":')
  expect(stream).not.toContain('{"reasoningContent":{"text":')
})
