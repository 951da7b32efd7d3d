import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSimulator } from '../simulator.ts'
import type { Simulator } from '../simulator.ts'
import { anthropicKey, send } from '../testing/anthropic-clients.ts'
import { bearerToken, post } from '../testing/clients.ts'
import { sampleModels } from '../testing/sample-models.ts'

const nameOf = (generation: number): string => `claude-sonnet-${String(generation).replace('.', '-')}`

/* Claude 5 thinks unasked, and 5.1 takes a thought back only behind what it was thought with, on whichever API. */

let simulator: Simulator

beforeAll(async () => {
  const [any] = sampleModels
  if (any === undefined) throw new Error('no sample')
  simulator = await startSimulator({
    models: [4.8, 5, 5.5].map((generation) => ({
      ...any,
      id: `anthropic.${nameOf(generation)}`,
      vendor: 'anthropic',
      format: 'claude',
      baseModelId: null,
      sourceRegions: [],
      generation,
      tier: 'sonnet',
    })),
    credentials: { apiKeys: [anthropicKey], bearerTokens: [bearerToken] },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
  })
})
afterAll(() => simulator.close())

type Json = Readonly<Record<string, unknown>>

const asks = (text: string) => ({ role: 'user', content: [{ type: 'text', text }] })
const tool = (name: string) => ({ name, input_schema: { type: 'object' } })
const adaptive = { thinking: { type: 'adaptive' } }
const refusal =
  'Invalid `signature` in `thinking` block. The block is bound to a different conversation. Remove the block,'
const control = ['thinking-binding-controls-2026-08-01']

interface Answered {
  readonly status: number
  readonly content: readonly Json[]
  readonly message: string
}

async function anthropic(body: Json, generation = 5.5, betas: readonly string[] = []): Promise<Answered> {
  const asked = { model: nameOf(generation), max_tokens: 2_000, ...body }
  const answer = await send(simulator, '/v1/messages', asked, { 'anthropic-beta': betas.join(',') })
  const { content = [], error } = (await answer.json()) as { content?: Json[]; error?: { message: string } }
  return { status: answer.status, content, message: error?.message ?? '' }
}

async function invoke(body: Json, generation = 5.5, betas: readonly string[] = []): Promise<Answered> {
  const path = `/model/anthropic.${nameOf(generation)}/invoke`
  const own = { anthropic_version: 'bedrock-2023-05-31', anthropic_beta: betas, max_tokens: 2_000, ...body }
  const answer = await post(simulator, path, own)
  const { content = [], message = '' } = (await answer.json()) as { content?: Json[]; message?: string }
  return { status: answer.status, content, message }
}

/** What is said in Anthropic's words, said to Converse. */
async function converse(body: Json, generation = 5.5, betas: readonly string[] = []): Promise<Answered> {
  const path = `/model/anthropic.${nameOf(generation)}/converse`
  const { messages, system, tools, ...fields } = body as {
    readonly messages: readonly { readonly role: string; readonly content: readonly Json[] }[]
    readonly system?: string
    readonly tools?: readonly { readonly name: string; readonly input_schema: object }[]
  }
  const answer = await post(simulator, path, {
    messages: messages.map(({ role, content }) => ({
      role,
      content: content.map((block) =>
        block['type'] === 'thinking'
          ? {
              reasoningContent: { reasoningText: { text: block['thinking'], signature: block['signature'] } },
            }
          : { text: block['text'] },
      ),
    })),
    ...(system === undefined ? {} : { system: [{ text: system }] }),
    ...(tools === undefined
      ? {}
      : {
          toolConfig: {
            tools: tools.map(({ name, input_schema: json }) => ({
              toolSpec: { name, inputSchema: { json } },
            })),
          },
        }),
    additionalModelRequestFields: { ...fields, anthropic_beta: betas },
  })
  const told = (await answer.json()) as { output?: { message: { content: Json[] } }; message?: string }
  const content = (told.output?.message.content ?? []).map((block): Json => {
    const thought = block['reasoningContent'] as { reasoningText: Json } | undefined
    if (thought === undefined) return { type: 'text', ...block }
    const { text, signature } = thought.reasoningText
    return { type: 'thinking', thinking: text, signature }
  })
  return { status: answer.status, content, message: told.message ?? '' }
}

const ways = [
  ['Messages', anthropic],
  ['InvokeModel', invoke],
  ['Converse', converse],
] as const

test('of another account are overlooked, whatever stands before them', async () => {
  const asked = { ...adaptive, messages: [asks('one')] }
  for (const [from, to] of [
    [anthropic, invoke],
    [converse, anthropic],
  ]) {
    const { content = [] } = (await from?.(asked)) ?? {}
    expect(content[0]).toMatchObject({ type: 'thinking' })
    const moved = { ...asked, messages: [asks('another'), { role: 'assistant', content }, asks('two')] }
    expect(await to?.(moved)).toMatchObject({ status: 200 })
  }
})

describe.each(ways)('thoughts by %s', (_way, ask) => {
  const front = { system: 'Be kind.', tools: [tool('a'), tool('b')], ...adaptive }
  const two = async () => {
    const one = await ask({ ...front, messages: [asks('one')] })
    const messages = [asks('one'), { role: 'assistant', content: one.content }, asks('two')]
    const next = await ask({ ...front, messages })
    expect(next.content.map(({ type }) => type)).toEqual(['thinking', 'text'])
    return [...messages, { role: 'assistant', content: next.content }, asks('three')]
  }

  test('are taken back behind the same, whatever is asked besides', async () => {
    const messages = await two()
    const swapped = { ...front, tools: front.tools.toReversed() }
    for (const body of [front, swapped, { ...front, output_config: { effort: 'low' } }]) {
      expect(await ask({ ...body, messages })).toMatchObject({ status: 200 })
    }
  })

  test('are refused behind another system text, other tools or another message', async () => {
    const messages = await two()
    const others = [
      { ...front, system: 'Be cruel.', messages },
      { ...front, tools: [tool('a')], messages },
      { ...front, messages: [asks('another one'), ...messages.slice(1)] },
    ]
    for (const body of others) {
      const { status, message } = await ask(body)
      expect(status).toBe(400)
      expect(message).toContain(`messages.1.content.0: ${refusal}`)
    }
    const later = [...messages.slice(0, 2), asks('another two'), ...messages.slice(3)]
    expect((await ask({ ...front, messages: later })).message).toContain(`messages.3.content.0: ${refusal}`)
  })

  test('may be missing from the oldest on, not from the middle', async () => {
    const messages = await two()
    const third = await ask({ ...front, messages })
    const all = [...messages, { role: 'assistant', content: third.content }, asks('four')]
    const without = (...places: readonly number[]) =>
      all.map((message, at) =>
        places.includes(at) ? { ...message, content: message.content.slice(1) } : message,
      )
    expect(await ask({ ...front, messages: without(1) })).toMatchObject({ status: 200 })
    expect(await ask({ ...front, messages: without(1, 3) })).toMatchObject({ status: 200 })
    expect((await ask({ ...front, messages: without(3) })).message).toContain(
      `messages.5.content.0: ${refusal}`,
    )
  })

  test('are overlooked where the caller says so, and where an older model bound them to nothing', async () => {
    const messages = await two()
    const drop = { type: 'adaptive', block_binding: { prefix_mismatch_behavior: 'drop_block' } }
    const changed = { ...front, system: 'Be cruel.', messages }
    expect(await ask({ ...changed, thinking: drop }, 5.5, control)).toMatchObject({ status: 200 })
    expect(await ask(changed, 4.8)).toMatchObject({ status: 200 })
    const { content } = await ask({ ...front, messages: [asks('one')] }, 5)
    const moved = [asks('another'), { role: 'assistant', content }, asks('two')]
    expect(await ask({ ...front, messages: moved })).toMatchObject({ status: 200 })
  })

  test('come unasked of Claude 5 where a question is long', async () => {
    const long = asks('Why is it so? '.repeat(30))
    const kinds = async (body: Json, generation: number) =>
      (await ask(body, generation)).content.map(({ type }) => type)
    for (const generation of [5, 5.5]) {
      expect(await kinds({ messages: [long] }, generation)).toEqual(['thinking', 'text'])
      expect(await kinds({ messages: [asks('Why?')] }, generation)).toEqual(['text'])
    }
    expect(await kinds({ messages: [long] }, 4.8)).toEqual(['text'])
    expect(await kinds({ messages: [long], thinking: { type: 'disabled' } }, 5)).toEqual(['text'])
    const [thought] = (await ask({ messages: [long] }, 5)).content
    expect(thought).toMatchObject({ thinking: '' })
    const forced = { messages: [long], tools: [tool('a')], tool_choice: { type: 'any' } }
    if (ask !== converse) expect(await kinds(forced, 5)).not.toContain('thinking')
  })
})
