import { hash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Chance } from '../answer/chance.ts'
import { redactThought, sealThought } from '../claude/thought-seal.ts'
import { isJsonObject } from '../json.ts'
import type { JsonValue } from '../json.ts'
import type { Simulator } from '../simulator.ts'
import { pdf, png, send, sonnet, startAnthropic } from '../testing/anthropic-clients.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startAnthropic()
})
afterAll(() => simulator.close())

const mark = { type: 'ephemeral', ttl: '5m' }
/** A body that has everything, and is valid. */
const full: JsonValue = {
  model: sonnet,
  max_tokens: 2_000,
  stream: false,
  system: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  stop_sequences: ['zzz'],
  temperature: 1,
  metadata: { user_id: 'u' },
  service_tier: 'auto',
  thinking: { type: 'enabled', budget_tokens: 1_024 },
  tools: [{ name: 'x', description: 'd', input_schema: { type: 'object', properties: {} } }],
  tool_choice: { type: 'auto', disable_parallel_tool_use: false },
  output_config: { effort: 'low' },
  messages: [
    {
      role: 'user',
      content: [
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
        { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } },
        {
          type: 'document',
          title: 't',
          citations: { enabled: true },
          source: { type: 'base64', media_type: 'application/pdf', data: pdf },
        },
        { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'x' }] } },
        { type: 'search_result', title: 't', source: 's', content: [{ type: 'text', text: 'x' }] },
        { type: 'text', text: 'Hi', cache_control: mark },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'So.', signature: sealThought('So.') },
        { type: 'redacted_thinking', data: redactThought('So.') },
        { type: 'text', text: 'x' },
        { type: 'tool_use', id: 'toolu_1', name: 'x', input: { a: 1 } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          is_error: false,
          content: [
            { type: 'text', text: 'x' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
          ],
        },
      ],
    },
  ],
}
const STRANGE: readonly JsonValue[] = [
  null,
  true,
  0,
  -1,
  1e300,
  '',
  'x',
  '\ud800',
  [],
  [null],
  {},
  { type: 'text' },
  [[]],
]

/** The value with one place in it replaced, removed, or doubled. */
function damaged(value: JsonValue, chance: Chance): JsonValue {
  if (chance.fraction() < 0.12) return chance.pick(STRANGE, null)
  if (isList(value) && value.length > 0) {
    const at = chance.between(0, value.length - 1)
    if (chance.fraction() < 0.1) return [...value, value[at] ?? null]
    return value.map((item, index) => (index === at ? damaged(item, chance) : item))
  }
  if (!isJsonObject(value) || Object.keys(value).length === 0) return chance.pick(STRANGE, null)
  const name = chance.pick(Object.keys(value), '')
  const { [name]: old, ...rest } = value
  if (chance.fraction() < 0.1) return rest
  if (chance.fraction() < 0.1) return { ...value, [chance.word(4)]: old ?? null }
  return { ...rest, [name]: damaged(old ?? null, chance) }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

test('the whole body is valid', async () => {
  expect((await send(simulator, '/v1/messages', full)).status).toBe(200)
})

test('1,500 damaged bodies are answered or refused, and break nothing', async () => {
  const chance = new Chance(hash('sha256', 'damaged bodies'))
  const statuses = new Map<number, number>()
  for (let count = 0; count < 1_500; count += 1) {
    const path = count % 5 === 0 ? '/v1/messages/count_tokens' : '/v1/messages'
    const answer = await send(simulator, path, JSON.stringify(damaged(full, chance)))
    const text = await answer.text()
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    if (answer.status === 200) continue
    const told = JSON.parse(text) as { readonly error: { readonly message: string } }
    expect(told.error.message).not.toMatch(/undefined|\[object|NaN/)
  }
  expect([...statuses.keys()].filter((status) => ![200, 400, 404].includes(status))).toEqual([])
  expect(statuses.get(400)).toBeGreaterThan(500)
  expect(statuses.get(200)).toBeGreaterThan(50)
  expect(simulator.ledger().flatMap((entry) => entry.failure ?? [])).toEqual([])
})
