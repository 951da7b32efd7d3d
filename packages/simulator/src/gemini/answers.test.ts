import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import {
  answered,
  eventsOf,
  partsOf,
  postGemini,
  refused,
  startGemini,
  userSays,
  wordsOf,
} from '../testing/gemini-calls.ts'
import type { GeminiResponse } from '../testing/gemini-calls.ts'
import { second, third, thoughtless } from '../testing/gemini-models.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startGemini()
})
afterAll(async () => {
  await simulator.close()
})
beforeEach(() => {
  simulator.reset()
})

type Body = Readonly<Record<string, unknown>>

function generate(body: Body, model = third): Promise<GeminiResponse> {
  return answered(postGemini(simulator, `${model}:generateContent`, body))
}

async function stream(body: Body, model = third): Promise<readonly GeminiResponse[]> {
  const answer = await postGemini(simulator, `${model}:streamGenerateContent?alt=sse`, body)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  return eventsOf(await answer.text())
}

const weather = {
  name: 'get_weather',
  parameters: {
    type: 'OBJECT',
    properties: { city: { type: 'STRING' }, unit: { type: 'STRING', enum: ['celsius', 'fahrenheit'] } },
    required: ['city', 'unit'],
  },
}
const clock = { name: 'get_time', parameters: { type: 'OBJECT', properties: { zone: { type: 'STRING' } } } }
const tools = [{ functionDeclarations: [weather] }, { functionDeclarations: [clock] }]

describe('how an answer ends, and what it costs', () => {
  test('words, with everything that is told beside them', async () => {
    const answer = await generate(
      { ...userSays('Hello there'), systemInstruction: { parts: [{ text: 'Be kind.' }] } },
      thoughtless,
    )
    const text = wordsOf(answer)
    expect(text).toContain('This is Gemini 2.0 Flash (simulated). You wrote')
    expect(answer).toEqual({
      candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP', index: 0 }],
      // system 2 tokens, message frame 4, text 3
      usageMetadata: {
        promptTokenCount: 9,
        candidatesTokenCount: Math.ceil(text.length / 4),
        totalTokenCount: 9 + Math.ceil(text.length / 4),
        promptTokensDetails: [{ modality: 'TEXT', tokenCount: 9 }],
      },
      modelVersion: thoughtless,
      responseId: expect.stringMatching(/^[\w-]{22}$/) as string,
    })
    const entry = simulator.ledger().at(-1)
    expect(entry).toMatchObject({
      operation: 'generate-content',
      model: thoughtless,
      region: 'global',
      promptTokens: 9,
    })
    expect(entry?.usage?.outputTokens).toBe(Math.ceil(text.length / 4))
  })

  test('maxOutputTokens cuts at exactly so many tokens, thoughts included', async () => {
    const generationConfig = { maxOutputTokens: 20 }
    const plain = await generate({ ...userSays('Write an essay.'), generationConfig }, thoughtless)
    expect(plain.candidates?.[0]?.finishReason).toBe('MAX_TOKENS')
    expect(plain.usageMetadata).toMatchObject({ candidatesTokenCount: 20 })
    const thinking = await generate({ ...userSays('Write an essay.'), generationConfig }, second)
    const { candidatesTokenCount, thoughtsTokenCount } = thinking.usageMetadata ?? {}
    expect([candidatesTokenCount, thoughtsTokenCount]).toEqual([10, 10])
  })

  test('thoughts can use up the whole answer, whose content then has no parts', async () => {
    const generationConfig = { maxOutputTokens: 8, thinkingConfig: { thinkingBudget: 1_024 } }
    const answer = await generate({ ...userSays('Hello'), generationConfig }, second)
    expect(answer.candidates).toEqual([{ content: { role: 'model' }, finishReason: 'MAX_TOKENS', index: 0 }])
    expect(answer.usageMetadata).not.toHaveProperty('candidatesTokenCount')
    expect(answer.usageMetadata).toMatchObject({ thoughtsTokenCount: 8 })
  })

  test('a stop sequence ends it and is not part of it', async () => {
    const generationConfig = { stopSequences: ['nowhere', ' (simulated)'] }
    const answer = await generate({ ...userSays('Say something.'), generationConfig })
    expect([wordsOf(answer), answer.candidates?.[0]?.finishReason]).toEqual([
      'This is Gemini 3.5 Flash',
      'STOP',
    ])
  })

  test('several candidates where the model can, and never in a stream', async () => {
    const body = { ...userSays('Hello'), generationConfig: { candidateCount: 3 } }
    const { candidates } = await generate(body, thoughtless)
    expect(candidates?.map((candidate) => candidate.index)).toEqual([0, 1, 2])
    expect(new Set(candidates?.map((candidate) => candidate.content.parts?.[0]?.text)).size).toBe(3)
    expect((await refused(postGemini(simulator, `${third}:generateContent`, body))).message).toContain(
      'Multiple candidates',
    )
    const streamed = await refused(
      postGemini(simulator, `${thoughtless}:streamGenerateContent?alt=sse`, body),
    )
    expect(streamed.message).toContain('Only one candidate')
  })

  test('log probabilities add up to the text, the chosen being the likeliest', async () => {
    const generationConfig = { responseLogprobs: true, logprobs: 3 }
    const answer = await generate({ ...userSays('Hello'), generationConfig }, thoughtless)
    const result = answer.candidates?.[0]?.logprobsResult
    expect(result?.chosenCandidates.map((chosen) => chosen.token).join('')).toBe(wordsOf(answer))
    expect(answer.candidates?.[0]?.avgLogprobs).toBeLessThan(0)
    for (const { candidates } of result?.topCandidates ?? []) {
      const [chosen, ...others] = candidates.map((candidate) => candidate.logProbability)
      expect(others).toHaveLength(2)
      expect(others.every((other) => other < (chosen ?? 0))).toBe(true)
    }
  })

  test('log probabilities come with each piece of a stream', async () => {
    const generationConfig = { responseLogprobs: true }
    const events = await stream({ ...userSays('Hello'), generationConfig }, thoughtless)
    for (const event of events.slice(0, -1)) {
      const chosen = event.candidates?.[0]?.logprobsResult?.chosenCandidates ?? []
      expect(chosen.map((one) => one.token).join('')).toBe(wordsOf(event))
    }
  })

  test('images and documents are counted by what they are', async () => {
    const parts = [
      { text: 'Look' },
      { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
      {
        inline_data: {
          mime_type: 'application/pdf',
          data: Buffer.alloc(400).toString('base64'),
          displayName: 'plan.pdf',
        },
      },
    ]
    const answer = await generate({ contents: [{ parts }] })
    expect(wordsOf(answer)).toContain('I looked at your image. I read plan.pdf.')
    expect(answer.usageMetadata?.['promptTokensDetails']).toEqual([
      { modality: 'TEXT', tokenCount: 5 },
      { modality: 'IMAGE', tokenCount: 1_620 },
    ])
    expect(
      (await generate({ contents: [{ parts }] }, second)).usageMetadata?.['promptTokensDetails'],
    ).toEqual([
      { modality: 'TEXT', tokenCount: 5 },
      { modality: 'IMAGE', tokenCount: 1_600 },
      { modality: 'DOCUMENT', tokenCount: 20 },
    ])
  })
})

describe('structured answers', () => {
  test('JSON of a schema in the vendor’s own form', async () => {
    const responseSchema = {
      type: 'OBJECT',
      properties: {
        name: { type: 'STRING' },
        age: { type: 'INTEGER', minimum: 3 },
        tags: { type: 'ARRAY', items: { type: 'STRING', enum: ['a', 'b'] }, minItems: '2', maxItems: '2' },
        note: { type: 'STRING', nullable: true },
      },
      required: ['name', 'age', 'tags', 'note'],
      propertyOrdering: ['tags', 'name', 'note', 'age'],
    }
    const generationConfig = { responseMimeType: 'application/json', responseSchema }
    const json = JSON.parse(
      wordsOf(await generate({ ...userSays('Invent a person'), generationConfig })),
    ) as Body
    expect(Object.keys(json)).toEqual(['tags', 'name', 'note', 'age'])
    expect(json['age']).toBeGreaterThanOrEqual(3)
    expect(json['tags']).toHaveLength(2)
  })

  test('JSON without a schema, and one bare member of an enumeration', async () => {
    const free = await generate({
      ...userSays('x'),
      generationConfig: { responseMimeType: 'application/json' },
    })
    expect(JSON.parse(wordsOf(free))).toBeTypeOf('object')
    const generationConfig = {
      responseMimeType: 'text/x.enum',
      responseSchema: { type: 'STRING', enum: ['Cat', 'Dog'] },
    }
    expect(['Cat', 'Dog']).toContain(wordsOf(await generate({ ...userSays('Which?'), generationConfig })))
  })
})

describe('functions', () => {
  const calls = (response: GeminiResponse): readonly string[] =>
    partsOf(response).flatMap((part) => (part.functionCall === undefined ? [] : [part.functionCall.name]))

  test('one call, whose arguments fit its schema', async () => {
    const answer = await generate({ ...userSays('Use the get_weather tool for "Lisbon".'), tools })
    const part = partsOf(answer).find((candidate) => candidate.functionCall !== undefined)
    expect(part?.functionCall).toMatchObject({ name: 'get_weather', args: { city: 'Lisbon' } })
    expect(['celsius', 'fahrenheit']).toContain(part?.functionCall?.args['unit'])
    expect(part?.functionCall?.id).toMatch(/^[a-z0-9]{8}$/)
    expect(part?.thoughtSignature).toMatch(/^Ej/)
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP')
  })

  test('parallel calls share one signature, on the first; the second generation gives no ids', async () => {
    const body = { ...userSays('Call get_weather and get_time, please.'), tools }
    const parts = partsOf(await generate(body)).filter((part) => part.functionCall !== undefined)
    expect(parts.map((part) => part.thoughtSignature !== undefined)).toEqual([true, false])
    const older = partsOf(await generate(body, second)).filter((part) => part.functionCall !== undefined)
    expect(older.map((part) => part.functionCall?.id)).toEqual([undefined, undefined])
  })

  test('the modes', async () => {
    const asked = (functionCallingConfig: Body, text: string): Promise<GeminiResponse> =>
      generate({ ...userSays(text), tools, toolConfig: { functionCallingConfig } })
    expect(calls(await asked({ mode: 'AUTO' }, 'Hello'))).toEqual([])
    expect(calls(await asked({ mode: 'NONE' }, 'Use the get_weather tool'))).toEqual([])
    expect(calls(await asked({ mode: 'ANY' }, 'Hello'))).toEqual(['get_weather'])
    expect(calls(await asked({ mode: 'ANY', allowedFunctionNames: ['get_time'] }, 'Hello'))).toEqual([
      'get_time',
    ])
    const allowed = { mode: 'VALIDATED', allowedFunctionNames: ['get_time'] }
    expect(calls(await asked(allowed, 'Use the get_weather tool'))).toEqual(['get_time'])
    expect(calls(await asked(allowed, 'Hello'))).toEqual([])
  })

  test('a failed response is told as one; images in it are seen', async () => {
    const image = { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }
    const contents = [
      ...userSays('Draw').contents,
      {
        role: 'model',
        parts: [{ functionCall: { name: 'get_time' }, thoughtSignature: 'skip_thought_signature_validator' }],
      },
      {
        role: 'user',
        parts: [{ functionResponse: { name: 'get_time', response: { error: 'no clock' }, parts: [image] } }],
      },
    ]
    expect(wordsOf(await generate({ contents, tools }))).toContain(
      'The tool failed with: {"error":"no clock"} (image)',
    )
  })
})

describe('thoughts', () => {
  test('cost the same seen and unseen, and can be turned off', async () => {
    const think = (thinkingConfig: Body, model = second): Promise<GeminiResponse> =>
      generate({ ...userSays('Hello'), generationConfig: { thinkingConfig } }, model)
    const seen = await think({ includeThoughts: true })
    const [thought] = partsOf(seen)
    expect(thought?.thought).toBe(true)
    expect(seen.usageMetadata?.['thoughtsTokenCount']).toBe(Math.ceil((thought?.text ?? '').length / 4))
    const unseen = await think({ thinkingBudget: -1 })
    expect(partsOf(unseen).every((part) => part.thought === undefined)).toBe(true)
    expect(unseen.usageMetadata?.['thoughtsTokenCount']).toBeGreaterThan(0)
    expect((await think({ thinkingBudget: 0 })).usageMetadata).not.toHaveProperty('thoughtsTokenCount')
    const little = (await think({ thinkingLevel: 'minimal' }, third)).usageMetadata?.['thoughtsTokenCount']
    expect(little).toBeLessThanOrEqual(16)
  })
})

describe('streams', () => {
  test('spell the same words, count up, and end with reason, signature and the whole usage', async () => {
    const body = {
      ...userSays('Tell me something about railways.'),
      generationConfig: { thinkingConfig: { includeThoughts: true } },
    }
    const whole = await generate(body)
    const events = await stream(body)
    expect(events.map(wordsOf).join('')).toBe(wordsOf(whole))
    expect(events.length).toBeGreaterThan(10)
    expect(events.slice(0, -1).every((event) => event.candidates?.[0]?.finishReason === undefined)).toBe(true)
    const last = events.at(-1)
    expect(last?.candidates?.[0]?.finishReason).toBe('STOP')
    expect(last?.candidates?.[0]?.content.parts).toEqual([
      { text: '', thoughtSignature: expect.stringMatching(/^Ej/) as string },
    ])
    expect(last?.usageMetadata).toEqual(whole.usageMetadata)
    const counts = events.map((event) => Number(event.usageMetadata?.['candidatesTokenCount'] ?? 0))
    expect(counts).toEqual(counts.toSorted((one, other) => one - other))
    expect(new Set(events.map((event) => event.responseId)).size).toBe(1)
    const thoughts = events.filter((event) => partsOf(event)[0]?.thought === true)
    expect(thoughts.length).toBeGreaterThan(1)
  })

  test('a call comes whole in one piece, and counts as one chunk', async () => {
    const events = await stream({
      ...userSays('Use the get_weather tool for "Lisbon".'),
      tools,
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    })
    const parts = events.flatMap(partsOf).filter((part) => part.functionCall !== undefined)
    expect(parts).toHaveLength(1)
    expect(parts[0]?.functionCall?.args).toMatchObject({ city: 'Lisbon' })
    expect(parts[0]?.thoughtSignature).toMatch(/^Ej/)
    await expect
      .poll(() => simulator.ledger().at(-1))
      .toMatchObject({ chunks: 1, finished: true, operation: 'stream-generate-content' })
  })

  test('without alt=sse they are one JSON array', async () => {
    const body = userSays('Hello there')
    const answer = await postGemini(simulator, `${third}:streamGenerateContent`, body)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=UTF-8')
    const pieces = (await answer.json()) as readonly GeminiResponse[]
    expect(pieces.map(wordsOf).join('')).toBe(wordsOf(await generate(body)))
    expect(pieces.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP')
    const refusal = await postGemini(simulator, `${third}:streamGenerateContent`, {})
    expect([refusal.status, await refusal.json()]).toMatchObject([400, [{ error: { code: 400 } }]])
  })
})

describe('what was seen before', () => {
  const long = 'All about railways and their signals. '.repeat(600)

  test('is told as cached, within the prompt’s own count, from the model’s least size on', async () => {
    const body = (question: string): Body => ({
      systemInstruction: { parts: [{ text: long }] },
      ...userSays(question),
    })
    const first = await generate(body('One?'))
    expect(first.usageMetadata).not.toHaveProperty('cachedContentTokenCount')
    const again = await generate(body('Two?'))
    const { promptTokenCount, cachedContentTokenCount } = again.usageMetadata ?? {}
    expect(cachedContentTokenCount).toBe(5_632)
    expect(promptTokenCount).toBe(first.usageMetadata?.['promptTokenCount'])
    expect(again.usageMetadata?.['cacheTokensDetails']).toEqual([{ modality: 'TEXT', tokenCount: 5_632 }])
    expect(simulator.ledger().at(-1)?.usage).toMatchObject({ cacheReadTokens: 5_632, cacheWriteTokens: 0 })
  })

  test('is not kept for short prompts, other models or before generation 2.5', async () => {
    const repeat = async (body: Body, model: string): Promise<unknown> => {
      await generate(body, model)
      return (await generate(body, model)).usageMetadata?.['cachedContentTokenCount']
    }
    expect(await repeat(userSays('short'), third)).toBeUndefined()
    expect(await repeat(userSays('word '.repeat(2_500)), third)).toBeUndefined()
    expect(await repeat(userSays('word '.repeat(2_500)), second)).toBe(3_072)
    expect(await repeat(userSays('word '.repeat(2_500)), thoughtless)).toBeUndefined()
  })
})
