import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { answered, postGemini, refused, startGemini, userSays, wordsOf } from '../testing/gemini-calls.ts'
import type { GeminiError } from '../testing/gemini-calls.ts'
import { geminiModels, moreGeminiModels, second, strict, third } from '../testing/gemini-models.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startGemini({ models: [...geminiModels, ...moreGeminiModels] })
})
afterAll(async () => {
  await simulator.close()
})

type Body = Readonly<Record<string, unknown>>

function generate(body: unknown, model = third): Promise<Response> {
  return postGemini(simulator, `${model}:generateContent`, body)
}

function refusal(body: unknown, model = third): Promise<GeminiError['error']> {
  return refused(generate(body, model))
}

const weather = {
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}
const tools = [{ functionDeclarations: [weather] }]

describe('turns', () => {
  const user = (...parts: readonly Body[]): Body => ({ role: 'user', parts })
  const model = (...parts: readonly Body[]): Body => ({ role: 'model', parts })
  const asks = user({ text: 'What is the weather?' })
  const call = { functionCall: { name: 'get_weather', args: { city: 'Lisbon' } } }
  const response = { functionResponse: { name: 'get_weather', response: { output: 'warm' } } }
  const conversation = (...contents: readonly Body[]): Body => ({ contents, tools })

  const refusals: readonly (readonly [string, readonly Body[], string])[] = [
    ['one turn of the model', [model({ text: 'x' })], 'single turn requests end with a user role'],
    [
      'a call that begins',
      [model(call), user(response)],
      'immediately after a user turn or after a function response turn',
    ],
    [
      'a response to nothing',
      [asks, model({ text: 'x' }), user(response)],
      'immediately after a function call turn',
    ],
    [
      'a call without response',
      [asks, model(call), user({ text: 'and?' })],
      'immediately after a function call turn',
    ],
    ['a call at the end', [asks, model(call)], 'immediately after a function call turn'],
    [
      'two calls, one response',
      [asks, model(call, call), user(response)],
      'number of function response parts is equal',
    ],
    [
      'responses in turns of their own',
      [asks, model(call, call), user(response), user(response)],
      'number of function response parts is equal',
    ],
    ['a call by the user', [user(call), user(response)], 'model role'],
  ]
  test.each(refusals)('%s is refused', async (_name, contents, message) => {
    expect((await refusal(conversation(...contents), second)).message).toContain(message)
  })

  test('responses come in the user or the function role or without one, with words beside them', async () => {
    for (const role of ['user', 'function', '']) {
      const back = { role, parts: [response, { text: 'Thanks.' }] }
      const answer = await answered(generate(conversation(asks, model(call), back), second))
      expect(wordsOf(answer)).toContain('The tool returned: {"output":"warm"}')
    }
  })

  test('newer models take no role of functions', async () => {
    const back = { role: 'function', parts: [response] }
    expect((await refusal(conversation(asks, model(call), back), strict)).message).toBe(
      "Role 'function' is not supported. Please use a valid role: SYSTEM, SYSTEM_1, USER, ASSISTANT, DEVELOPER, CONTEXT, USER_CONTEXT, MODEL, USER.",
    )
  })

  test('contents of the model in a row are one turn, those of the user are not', async () => {
    const pieces = [model({ text: 'I will ' }), model({ text: 'look.' }), model(call), model(call)]
    expect((await generate(conversation(asks, ...pieces, user(response, response)), second)).status).toBe(200)
    expect((await refusal(conversation(asks, ...pieces, user(response, response)))).message).toContain(
      'position 4.',
    )
  })

  test('the third generation wants the signature of the current turn, and takes it from itself or by a dummy', async () => {
    const missing = await refusal(conversation(asks, model(call), user(response)))
    expect(missing.message).toContain(
      'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly',
    )
    expect(missing.message).toContain('function call `default_api:get_weather` , position 2.')
    for (const thoughtSignature of [
      'skip_thought_signature_validator',
      'context_engineering_is_the_way_to_go',
      Buffer.from('skip_thought_signature_validator').toString('base64'),
    ]) {
      const signed = conversation(asks, model({ ...call, thoughtSignature }, call), user(response, response))
      expect((await generate(signed)).status).toBe(200)
    }
    const first = await answered(generate({ ...userSays('Use the get_weather tool'), tools }))
    const given = first.candidates?.[0]?.content.parts ?? []
    const next = conversation(asks, { role: 'model', parts: given }, user(response))
    expect((await generate(next)).status).toBe(200)
  })

  test('earlier turns need none, later steps of the current one do', async () => {
    const signed = { ...call, thought_signature: 'skip_thought_signature_validator' }
    const earlier = [asks, model(call), user(response), model({ text: 'Warm.' }), user({ text: 'And now?' })]
    expect((await generate(conversation(...earlier))).status).toBe(200)
    const later = [asks, model(signed), user(response), model(call), user(response)]
    expect((await refusal(conversation(...later))).message).toContain('position 4')
  })

  test('a signature that another vendor made is refused, in any part', async () => {
    const foreign = Buffer.from('a signature of somebody else').toString('base64')
    const contents = [asks, model({ text: 'x', thoughtSignature: foreign }), user({ text: 'y' })]
    expect((await refusal(conversation(...contents))).message).toBe('Corrupted thought signature.')
    const short = [asks, model({ text: 'x', thoughtSignature: 'AAAA' }), user({ text: 'y' })]
    expect((await refusal(conversation(...short))).message).toBe('Invalid thought signature.')
  })
})
