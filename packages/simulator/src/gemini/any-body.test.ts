import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonValue } from '../json.ts'
import type { Simulator } from '../simulator.ts'
import { postGemini, startGemini } from '../testing/gemini-calls.ts'
import { embedder, geminiModels, second, third } from '../testing/gemini-models.ts'
import { GeminiFailure } from './failure.ts'
import { GeminiModels } from './model-rules.ts'
import { countTokens, embed, readModelCall } from './operations.ts'

/*
 * Bodies that are nearly right: a sound one with values put in other places, or replaced. Whatever comes, the API refuses
 * it with a 4xx or answers it.
 */

const sound: JsonValue = {
  systemInstruction: { parts: [{ text: 'Be kind.' }] },
  contents: [
    {
      role: 'user',
      parts: [{ text: 'Use the f tool' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
    },
    {
      role: 'model',
      parts: [
        { functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'skip_thought_signature_validator' },
      ],
    },
    { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: 'x' } } }] },
  ],
  tools: [
    {
      functionDeclarations: [
        {
          name: 'f',
          parameters: {
            type: 'OBJECT',
            properties: {
              a: { type: 'INTEGER' },
              b: { type: 'ARRAY', items: { type: 'STRING', enum: ['x'] } },
            },
          },
        },
      ],
    },
  ],
  toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
  generationConfig: {
    maxOutputTokens: 30,
    stopSequences: ['end'],
    responseMimeType: 'application/json',
    responseJsonSchema: { type: 'object', properties: { a: { $ref: '#' } } },
    thinkingConfig: { thinkingLevel: 'LOW' },
    responseLogprobs: true,
    logprobs: 2,
  },
  safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'OFF' }],
}

const oddValues = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, 0, -1, 1.5, 1e308, '', 'x', [], {}, [[]], [{}], [null], {
    text: 'x',
  }),
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>,
)
const mutation = fc.record({ seed: fc.nat(), value: oddValues, drops: fc.boolean() })
const bodies = fc
  .array(mutation, { minLength: 1, maxLength: 4 })
  .map((mutations) =>
    mutations.reduce<JsonValue>(
      (body, { seed, value, drops }) => mutated(body, seed, drops ? undefined : value),
      sound,
    ),
  )

/** The value with one of its places, chosen by the seed, taken by another value or emptied. */
function mutated(value: JsonValue, seed: number, other: JsonValue | undefined): JsonValue {
  if (typeof value !== 'object' || value === null) return other ?? null
  const entries = Object.entries(value) as readonly (readonly [string, JsonValue])[]
  const chosen = entries[seed % Math.max(1, entries.length)]
  if (chosen === undefined || seed % 7 === 0) return other ?? {}
  const changed = entries.flatMap(([name, member]): readonly (readonly [string, JsonValue])[] => {
    if (name !== chosen[0]) return [[name, member]]
    if (other === undefined && seed % 3 === 0) return []
    return [[name, mutated(member, Math.floor(seed / 7), other)]]
  })
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed)
}

const models = new GeminiModels(geminiModels)
const address = { version: 'v1beta', query: new URLSearchParams() }

async function refusedOrRead(read: () => unknown): Promise<void> {
  try {
    await read()
  } catch (error) {
    if (!(error instanceof GeminiFailure) || error.code >= 500) throw error
  }
}

test('every reader refuses what it cannot read', async () => {
  await fc.assert(
    fc.asyncProperty(bodies, fc.constantFrom(third, second), async (body, modelId) => {
      const bytes = Buffer.from(JSON.stringify(body), 'utf8')
      const call = { ...address, modelId }
      await refusedOrRead(() => readModelCall({ ...call, operation: 'generate-content' }, models, bytes))
      await refusedOrRead(() => countTokens({ ...call, operation: 'gemini-count-tokens' }, models, bytes))
      const batch = { ...address, modelId: embedder, operation: 'batch-embed-contents' } as const
      const requests = Buffer.from(JSON.stringify({ requests: body }), 'utf8')
      await refusedOrRead(() => embed(batch, models, requests))
    }),
    { numRuns: 5_000, seed: 20_261_125 },
  )
})

let simulator: Simulator
beforeAll(async () => {
  simulator = await startGemini()
})
afterAll(async () => {
  await simulator.close()
})

test('whatever was read is answered, whole and streamed', async () => {
  const statuses = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(
      bodies,
      fc.constantFrom('generateContent', 'streamGenerateContent'),
      async (body, verb) => {
        const response = await postGemini(simulator, `${third}:${verb}`, body)
        await response.json()
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
        expect(response.status).toBeLessThan(500)
      },
    ),
    { numRuns: 300, seed: 20_261_126 },
  )
  expect(statuses.get(200)).toBeGreaterThan(10)
  expect(statuses.get(400)).toBeGreaterThan(10)
  expect(simulator.ledger().filter((entry) => entry.failure !== null)).toEqual([])
})
