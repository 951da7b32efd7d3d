import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { answered, postGemini, refused, startGemini, userSays, wordsOf } from '../testing/gemini-calls.ts'
import type { GeminiError } from '../testing/gemini-calls.ts'
import {
  geminiModels,
  moreGeminiModels,
  second,
  secondPro,
  strict,
  third,
  thoughtless,
} from '../testing/gemini-models.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startGemini({ models: [...geminiModels, ...moreGeminiModels] })
})
afterAll(async () => {
  expect(simulator.ledger().filter((entry) => entry.failure !== null)).toEqual([])
  await simulator.close()
})

type Body = Readonly<Record<string, unknown>>

function generate(body: unknown, model = third): Promise<Response> {
  return postGemini(simulator, `${model}:generateContent`, body)
}

function refusal(body: unknown, model = third): Promise<GeminiError['error']> {
  return refused(generate(body, model))
}

const hello = userSays('Hello')
const weather = {
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}
const tools = [{ functionDeclarations: [weather] }]

describe('JSON as protocol buffers read it', () => {
  test('both spellings of a field, and a single value for a list of one', async () => {
    const snake = {
      contents: { role: 'user', parts: { text: 'Hello' } },
      system_instruction: { parts: [{ text: 'Be kind.' }] },
      generation_config: { max_output_tokens: '30', stop_sequences: 'nothing', thinking_config: null },
      safety_settings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'block_none' }],
    }
    const camel = {
      contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
      systemInstruction: { parts: [{ text: 'Be kind.' }] },
      generationConfig: { maxOutputTokens: 30, stopSequences: ['nothing'] },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
    }
    const [first, other] = [await answered(generate(snake)), await answered(generate(camel))]
    expect(first.usageMetadata).toEqual(other.usageMetadata)
    expect(first.candidates?.[0]?.finishReason).toBe('MAX_TOKENS')
  })

  const unknown: readonly (readonly [string, Body, string, string])[] = [
    ['in the body', { ...hello, foo: 1 }, '', 'Unknown name "foo": Cannot find field.'],
    [
      'of another vendor in a part',
      { contents: [{ role: 'user', parts: [{ text: 'x', cache_control: {} }] }] },
      'contents[0].parts[0]',
      'Unknown name "cache_control" at \'contents[0].parts[0]\': Cannot find field.',
    ],
    [
      'additionalProperties in parameters',
      {
        ...hello,
        tools: [
          {
            functionDeclarations: [
              {
                name: 'f',
                parameters: {
                  type: 'OBJECT',
                  properties: { a: { type: 'object', additionalProperties: false } },
                },
              },
            ],
          },
        ],
      },
      'tools[0].function_declarations[0].parameters.properties[0].value',
      'Unknown name "additionalProperties" at \'tools[0].function_declarations[0].parameters.properties[0].value\': Cannot find field.',
    ],
    [
      '$schema in responseSchema',
      { ...hello, generationConfig: { responseSchema: { $schema: 'x', type: 'STRING' } } },
      'generation_config.response_schema',
      'Unknown name "$schema" at \'generation_config.response_schema\': Cannot find field.',
    ],
    [
      'a list of types',
      { ...hello, generationConfig: { responseSchema: { type: ['string', 'null'] } } },
      'generation_config.response_schema',
      'Unknown name "type" at \'generation_config.response_schema\': Proto field is not repeating, cannot start list.',
    ],
  ]
  test.each(unknown)('an unknown field is refused: %s', async (_name, body, field, message) => {
    const error = await refusal(body)
    expect(error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    expect(error.message).toBe(`Invalid JSON payload received. ${message}`)
    expect(error.details).toEqual([
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ ...(field === '' ? {} : { field }), description: error.message }],
      },
    ])
  })

  const misfits: readonly (readonly [Body, string])[] = [
    [{ ...hello, generationConfig: { temperature: 'hot' } }, '(TYPE_FLOAT), "hot"'],
    [{ ...hello, generationConfig: { maxOutputTokens: 1.5 } }, '(TYPE_INT32), 1.5'],
    [
      { contents: [{ parts: [{ text: 5 }] }] },
      "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 5",
    ],
    [{ contents: [{ parts: [{ text: {} }] }] }, 'Unknown name "text" at \'contents[0].parts[0]\''],
    [
      { contents: ['hello'] },
      "Invalid value at 'contents[0]' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content)",
    ],
    [
      { ...hello, toolConfig: { functionCallingConfig: { mode: 'MAYBE' } } },
      'FunctionCallingConfig.Mode), "MAYBE"',
    ],
    [
      { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: 'no base64!' } }] }] },
      "Invalid value at 'contents[0].parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding failed",
    ],
    [
      { contents: [{ parts: [{ text: 'x', functionCall: { name: 'f' } }] }] },
      "(oneof), oneof field 'data' is already set. Cannot set 'functionCall'",
    ],
    [
      { contents: [{ role: 'user', parts: [{ functionResponse: { name: 'f', response: 'text' } }] }] },
      'google.protobuf.Struct), "text"',
    ],
  ]
  test.each(misfits)('a value of the wrong type is refused: %j', async (body, message) => {
    expect((await refusal(body)).message).toContain(message)
  })

  test('all that is wrong is told at once', async () => {
    const { message } = await refusal({ ...hello, a: 1, b: 2 })
    expect(message.split('\n')).toHaveLength(2)
  })

  test.each(['', '{', '[]', '"text"', 'null', '{"contents":[}'])('%j is no body', async (body) => {
    expect(await refusal(body)).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
  })

  test('a body of any depth is refused and breaks nothing', async () => {
    const nested = (open: string, close: string): string =>
      `{"contents":[],"generationConfig":{"responseJsonSchema":${open.repeat(50_000)}1${close.repeat(50_000)}}}`
    for (const body of [nested('[', ']'), nested('{"items":', '}')]) {
      expect((await refusal(body)).message).toContain('Max recursion depth reached')
    }
    const deep = `{"contents":[],"generationConfig":{"responseSchema":${'{"items":'.repeat(5_000)}{}${'}'.repeat(5_000)}}}`
    expect((await refusal(deep)).message).toContain('Max recursion depth reached')
  })
})

describe('what the validator says', () => {
  const refusals: readonly (readonly [string, Body, string])[] = [
    ['no contents', {}, '* GenerateContentRequest.contents: contents is not specified\n'],
    [
      'no parts',
      { contents: [{ role: 'user', parts: [] }] },
      '* GenerateContentRequest.contents[0].parts: contents.parts must not be empty.\n',
    ],
    [
      'an empty part',
      { contents: [{ role: 'user', parts: [{}] }] },
      "* GenerateContentRequest.contents[0].parts[0].data: required oneof field 'data' must have one initialized field\n",
    ],
    [
      'a role',
      { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] },
      'Please use a valid role: user, model.',
    ],
    [
      'a name of a function',
      { ...hello, tools: [{ functionDeclarations: [{ name: '1st tool' }] }] },
      'tools[0].function_declarations[0].name: Invalid function name.',
    ],
    [
      'two functions of one name',
      { ...hello, tools: [{ functionDeclarations: [weather, weather] }] },
      'Duplicate function declaration found: get_weather',
    ],
    [
      'an object without properties',
      { ...hello, tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT' } }] }] },
      'parameters.properties: should be non-empty for OBJECT type',
    ],
    [
      'a list without items',
      {
        ...hello,
        generationConfig: { responseMimeType: 'application/json', responseSchema: { type: 'ARRAY' } },
      },
      'generation_config.response_schema.items: missing field.',
    ],
    [
      'a required property that is none',
      {
        ...hello,
        tools: [
          {
            functionDeclarations: [
              {
                name: 'f',
                parameters: { type: 'OBJECT', properties: { a: { type: 'STRING' } }, required: ['b'] },
              },
            ],
          },
        ],
      },
      'parameters.required[0]: property is not defined',
    ],
    [
      'parameters in both forms',
      { ...hello, tools: [{ functionDeclarations: [{ ...weather, parametersJsonSchema: {} }] }] },
      'parameters_json_schema: must not be set when parameters is set.',
    ],
    [
      'six stop sequences',
      { ...hello, generationConfig: { stopSequences: ['1', '2', '3', '4', '5', '6'] } },
      'generation_config.stop_sequences',
    ],
    ['a temperature of 3', { ...hello, generationConfig: { temperature: 3 } }, '[0.0, 2.0]'],
    ['a topP of 2', { ...hello, generationConfig: { topP: 2 } }, 'top_p must be in the range'],
    [
      'more output than there is',
      { ...hello, generationConfig: { maxOutputTokens: 70_000 } },
      '65537 (exclusive)',
    ],
    ['a format', { ...hello, generationConfig: { responseMimeType: 'image/png' } }, 'allowed mimetypes are'],
    [
      'a schema for words',
      { ...hello, generationConfig: { responseSchema: { type: 'STRING' } } },
      'only allowed when',
    ],
    [
      'images as answer',
      { ...hello, generationConfig: { responseModalities: ['IMAGE'] } },
      'combination of response modalities',
    ],
    [
      'logprobs without asking',
      { ...hello, generationConfig: { logprobs: 3 } },
      'generation_config.logprobs',
    ],
    [
      'allowed names without force',
      { ...hello, tools, toolConfig: { functionCallingConfig: { allowedFunctionNames: ['get_weather'] } } },
      'ANY or VALIDATED',
    ],
    [
      'allowed names that are none',
      {
        ...hello,
        tools,
        toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['x'] } },
      },
      'allowed_function_names[0]: must be one of the declared functions: [get_weather]',
    ],
    [
      'force without functions',
      { ...hello, toolConfig: { functionCallingConfig: { mode: 'ANY' } } },
      'Function calling config is set without function_declarations.',
    ],
    [
      'a tool of the vendor',
      { ...hello, tools: [{ googleSearch: {} }] },
      'Search Grounding is not supported.',
    ],
    [
      'a category that cannot be set',
      { ...hello, safetySettings: [{ category: 'HARM_CATEGORY_MEDICAL', threshold: 'OFF' }] },
      'safety_settings[0]: element predicate failed',
    ],
    [
      'a GIF',
      { contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/gif', data: 'AAAA' } }] }] },
      'Unsupported MIME type: image/gif',
    ],
    [
      'a body that names another model',
      { ...hello, model: 'models/other' },
      'must match the one of the request',
    ],
  ]
  test.each(refusals)('%s is refused', async (_name, body, message) => {
    const error = await refusal(body)
    expect(error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    expect(error.message).toContain(message)
  })

  test('standard JSON Schema is taken where its field is used', async () => {
    const standard = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { city: { type: ['string', 'null'] }, other: { $ref: '#/$defs/o' } },
      required: ['city'],
      additionalProperties: false,
      $defs: { o: { const: 'fixed' } },
    }
    const asked = await answered(
      generate({
        ...hello,
        generationConfig: { responseMimeType: 'application/json', responseJsonSchema: standard },
      }),
    )
    const json = JSON.parse(wordsOf(asked)) as Body
    expect(json['city']).toBeTypeOf('string')
    const called = await answered(
      generate({
        ...userSays('Use the tool f'),
        tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: standard }] }],
      }),
    )
    expect(called.candidates?.[0]?.finishReason).toBe('STOP')
  })

  test('resources that cannot exist are refused as unknown', async () => {
    expect(await refusal({ ...hello, cachedContent: 'cachedContents/abc' })).toMatchObject({
      code: 403,
      status: 'PERMISSION_DENIED',
      message: 'CachedContent not found (or permission denied)',
    })
    const file = { fileUri: `${simulator.url}/v1beta/files/abc-123`, mimeType: 'image/png' }
    expect(await refusal({ contents: [{ role: 'user', parts: [{ fileData: file }] }] })).toMatchObject({
      code: 403,
      message: 'You do not have permission to access the File abc-123 or it may not exist.',
    })
  })

  test('a model refuses what it cannot do', async () => {
    const document = { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } }
    const withDocument = { contents: [{ role: 'user', parts: [document] }] }
    expect((await refusal(withDocument, thoughtless)).message).toContain('Document input modality')
    const long = userSays('word '.repeat(5_000))
    expect((await refusal(long, thoughtless)).message).toMatch(/^The input token count \(\d+\) exceeds/)
    const json = { ...hello, tools, generationConfig: { responseMimeType: 'application/json' } }
    expect((await refusal(json, second)).message).toBe(
      "Function calling with a response mime type: 'application/json' is unsupported",
    )
    expect((await generate(json, third)).status).toBe(200)
  })
})

describe('what newer models gave up', () => {
  test('penalties, and answers that the caller begins', async () => {
    const penalty = { ...hello, generationConfig: { presencePenalty: 0.5 } }
    expect((await refusal(penalty, strict)).message).toBe(`Penalty is not enabled for models/${strict}`)
    expect((await generate(penalty, third)).status).toBe(200)
    const begun = { contents: [...hello.contents, { role: 'model', parts: [{ text: 'It is' }] }] }
    expect((await refusal(begun, strict)).message).toContain('ends with a user role or a function response')
    expect((await generate(begun, third)).status).toBe(200)
  })
})

describe('thinking', () => {
  const think = (thinkingConfig: Body): Body => ({ ...hello, generationConfig: { thinkingConfig } })
  const cases: readonly (readonly [string, Body, string])[] = [
    [second, { thinkingLevel: 'LOW' }, 'Thinking level is not supported for this model.'],
    [third, { thinkingLevel: 'LOW', thinkingBudget: 100 }, 'only one of thinking budget and thinking level'],
    [second, { thinkingBudget: 52_428 }, 'The thinking budget (52428) is invalid.'],
    [second, { thinkingBudget: 0, includeThoughts: true }, 'only enabled when thinking is enabled'],
    [thoughtless, { includeThoughts: true }, 'Thinking is not supported for this model.'],
    [secondPro, { thinkingBudget: 0 }, 'Budget 0 is invalid. This model only works in thinking mode.'],
    [secondPro, { thinkingBudget: 64 }, 'The thinking budget (64) is invalid.'],
    [second, { thinkingBudget: 30_000 }, 'The thinking budget (30000) is invalid.'],
    ['gemini-3.1-pro-preview', { thinkingLevel: 'MINIMAL' }, 'Thinking level MINIMAL is not supported'],
    [strict, { thinkingLevel: 'MINIMAL' }, 'Thinking level MINIMAL is not supported'],
  ]
  test.each(cases)('%s refuses %j', async (model, config, message) => {
    expect((await refusal(think(config), model)).message).toContain(message)
  })
})
