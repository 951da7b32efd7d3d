import { noUsage, PointsmanError, unknownUsage } from '@pointsman/contract'
import type { EmbedCall, EmbedResult } from '@pointsman/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { WholeForm } from '../dialect.ts'
import {
  about,
  allDialects,
  decodeJson,
  dialectNamed,
  encodeJson,
  refusal,
  target,
} from '../testing/dialects-for-tests.ts'

type EmbedForm = WholeForm<EmbedCall, EmbedResult>

function embedOf(name: Parameters<typeof dialectNamed>[0]): EmbedForm {
  const { embed } = dialectNamed(name)
  if (embed === null) throw new Error(`${name} embeds`)
  return embed
}

const titan = embedOf('bedrock-invoke-titan')
const cohere = embedOf('bedrock-invoke-cohere')
const openai = embedOf('openai-chat')
const gemini = embedOf('gemini')

const model = (format: string, generation: number) =>
  target({ upstreamId: 'm', format, generation, purpose: 'embedding' })
const titanTwo = model('titan', 2)
const titanOne = model('titan', 1)
const cohereThree = model('cohere', 3)
const cohereFour = model('cohere', 4)

const read = (form: EmbedForm, body: object): EmbedCall =>
  form.readRequest(form.scanRequest(encodeJson(body), null))
const written = (form: EmbedForm, call: EmbedCall, to = titanTwo) => {
  const { body, warnings } = form.writeRequest(call, to)
  return { body: decodeJson(body), warnings }
}
const tokens = (inputTokens: number) => ({ ...noUsage, inputTokens })
const counted = { 'x-amzn-bedrock-input-token-count': '12' }

describe('Titan', () => {
  it('reads its own body', () => {
    expect(
      read(titan, { inputText: 'Grüße', dimensions: 256, normalize: false, embeddingTypes: ['float'] }),
    ).toEqual({
      inputs: ['Grüße'],
      inputField: 'inputText',
      dimensions: 256,
      encoding: 'float',
      purpose: null,
      extras: { normalize: false },
    })
  })

  it.each([
    [{}, 'inputText', 'invalid_request'],
    [{ inputText: 7 }, 'inputText', 'invalid_request'],
    [{ inputText: '' }, 'inputText', 'invalid_request'],
    [{ inputText: 'a', dimensions: 1.5 }, 'dimensions', 'invalid_request'],
    [{ inputText: 'a', normalize: 'yes' }, 'normalize', 'invalid_request'],
    [{ inputText: 'a', embeddingTypes: 'float' }, 'embeddingTypes', 'invalid_request'],
    [{ inputText: 'a', embeddingTypes: ['binary'] }, 'embeddingTypes', 'unsupported_parameter'],
    [{ inputText: 'a', inputImage: 'aGk=' }, 'inputImage', 'unsupported_parameter'],
  ])('refuses %j for its %s', (body, field, code) => {
    expect(refusal(() => read(titan, body))).toMatchObject({ code, details: { field } })
  })

  it('gets what an OpenAI client asks for, one text a call', () => {
    const one = read(openai, { input: ['a'], dimensions: 512, encoding_format: 'base64', user: 'u' })
    expect(written(titan, one)).toEqual({
      body: { inputText: 'a', dimensions: 512 },
      warnings: ['user: the API of this model has no such field; it was left out'],
    })
    const normal = read(openai, { input: 'a', normalize: false })
    expect(written(titan, normal).body).toEqual({ inputText: 'a', normalize: false })
    expect(written(titan, normal, titanOne)).toMatchObject({
      body: { inputText: 'a' },
      warnings: [expect.stringContaining('normalize: ') as string],
    })
  })

  it.each([
    [openai, { input: ['a', 'b'] }, 'input'],
    [
      gemini,
      { requests: [{ content: { parts: [{ text: 'a' }] } }, { content: { parts: [{ text: 'b' }] } }] },
      'requests',
    ],
    [cohere, { texts: ['a', 'b'], input_type: 'search_query' }, 'texts'],
  ])('refuses several texts by the field that holds them', (form, body, field) => {
    expect(refusal(() => titan.writeRequest(read(form, body), titanTwo))).toMatchObject({
      code: 'unsupported_parameter',
      details: { field },
    })
  })

  it('warns of a purpose, and refuses a size that the model does not have', () => {
    const question = read(cohere, { texts: ['a'], input_type: 'search_query' })
    expect(written(titan, question)).toEqual({
      body: { inputText: 'a' },
      warnings: ['input_type: Titan makes one vector for every purpose; it was left out'],
    })
    const sized = (dimensions: number) => read(openai, { input: 'a', dimensions })
    expect(written(titan, sized(1536), titanOne).body).toEqual({ inputText: 'a' })
    for (const [size, to] of [
      [300, titanTwo],
      [1536, titanTwo],
      [1024, titanOne],
    ] as const) {
      expect(refusal(() => titan.writeRequest(sized(size), to))).toMatchObject({
        code: 'unsupported_parameter',
        details: { field: 'dimensions' },
      })
    }
  })

  it('reads answers of both generations, and of binary numbers alone', () => {
    const first = { embedding: [0.5, -1e-7], inputTextTokenCount: 3 }
    expect(titan.readResult(encodeJson(first))).toEqual({
      vectors: [[0.5, -1e-7]],
      finish: null,
      usage: tokens(3),
    })
    const binary = { embeddingsByType: { binary: [0, 1] }, inputTextTokenCount: 3 }
    expect(titan.readResult(encodeJson(binary), counted)).toMatchObject({
      vectors: [[0, 1]],
      usage: tokens(3),
    })
    expect(titan.readResult(encodeJson({ embedding: [1] }), counted).usage).toEqual(tokens(12))
    expect(titan.readResult(encodeJson({ embedding: [1] })).usage).toEqual(unknownUsage)
    for (const broken of [{}, { embedding: [] }, { embedding: ['a'] }, { embeddingsByType: {} }]) {
      expect(refusal(() => titan.readResult(encodeJson(broken))).code).toBe('upstream_broken')
    }
  })

  it('answers in its own form, and estimates a count that the vendor did not tell', () => {
    const result: EmbedResult = { vectors: [[0.1, 2]], finish: null, usage: tokens(4) }
    expect(decodeJson(titan.writeResult(result, about))).toEqual({
      embedding: [0.1, 2],
      embeddingsByType: { float: [0.1, 2] },
      inputTextTokenCount: 4,
    })
    expect(titan.resultHeaders?.(result)).toEqual(['x-amzn-bedrock-input-token-count', '4'])
    const unknown = { ...result, usage: unknownUsage }
    expect(decodeJson(titan.writeResult(unknown, { ...about, asked: { inputText: 'Grüße' } }))).toMatchObject(
      {
        inputTextTokenCount: 2,
      },
    )
    expect(titan.resultHeaders?.(unknown)).toEqual([])
  })
})

describe('Cohere', () => {
  it('reads its own body', () => {
    const body = { texts: ['a', 'b'], input_type: 'classification', output_dimension: 256, truncate: 'END' }
    expect(read(cohere, { ...body, embedding_types: ['float'] })).toEqual({
      inputs: ['a', 'b'],
      inputField: 'texts',
      dimensions: 256,
      encoding: 'float',
      purpose: 'classification',
      extras: { truncate: 'END' },
    })
  })

  const fine = { texts: ['a'], input_type: 'search_query' }
  it.each([
    [{ input_type: 'search_query' }, 'texts', 'invalid_request'],
    [{ ...fine, texts: [] }, 'texts', 'invalid_request'],
    [{ ...fine, texts: 'a' }, 'texts', 'invalid_request'],
    [{ ...fine, texts: ['a', 7] }, 'texts[1]', 'invalid_request'],
    [{ texts: ['a'] }, 'input_type', 'invalid_request'],
    [{ ...fine, input_type: 'poem' }, 'input_type', 'invalid_request'],
    [{ ...fine, output_dimension: 0 }, 'output_dimension', 'invalid_request'],
    [{ ...fine, embedding_types: ['float', 'int8'] }, 'embedding_types', 'unsupported_parameter'],
    [{ ...fine, max_tokens: 9 }, 'max_tokens', 'unsupported_parameter'],
    [{ images: ['data:image/png;base64,aGk='], input_type: 'image' }, 'images', 'unsupported_parameter'],
    [{ inputs: [{ content: [] }], input_type: 'search_query' }, 'inputs', 'unsupported_parameter'],
  ])('refuses %j for its %s', (body, field, code) => {
    expect(refusal(() => read(cohere, body))).toMatchObject({ code, details: { field } })
  })

  it('is told what the vectors are for; what was not told is guessed with a warning', () => {
    expect(written(cohere, read(openai, { input: ['a', 'b'] }), cohereThree)).toEqual({
      body: { texts: ['a', 'b'], input_type: 'search_document' },
      warnings: [expect.stringMatching(/^input_type: .*search_document$/) as string],
    })
    const said = read(openai, { input: 'a', input_type: 'clustering', truncate: 'END' })
    expect(written(cohere, said, cohereThree)).toEqual({
      body: { texts: ['a'], input_type: 'clustering', truncate: 'END' },
      warnings: [],
    })
    for (const [taskType, input_type] of [
      ['RETRIEVAL_QUERY', 'search_query'],
      ['RETRIEVAL_DOCUMENT', 'search_document'],
      ['CLASSIFICATION', 'classification'],
      ['CLUSTERING', 'clustering'],
    ]) {
      const call = read(gemini, { content: { parts: [{ text: 'a' }] }, taskType })
      expect(written(cohere, call, cohereThree)).toEqual({ body: { texts: ['a'], input_type }, warnings: [] })
    }
  })

  it.each([
    [openai, { input: 'a', input_type: 'poem' }, cohereThree, 'input_type', 'invalid_request'],
    [openai, { input: 'a', input_type: 7 }, cohereThree, 'input_type', 'invalid_request'],
    [
      openai,
      { input: 'a', embedding_types: ['int8'] },
      cohereThree,
      'embedding_types',
      'unsupported_parameter',
    ],
    [
      gemini,
      { content: { parts: [{ text: 'a' }] }, taskType: 'SEMANTIC_SIMILARITY' },
      cohereThree,
      'taskType',
      'unsupported_parameter',
    ],
    [openai, { input: Array<string>(97).fill('a') }, cohereFour, 'input', 'unsupported_parameter'],
    [openai, { input: 'a', dimensions: 256 }, cohereThree, 'dimensions', 'unsupported_parameter'],
    [openai, { input: 'a', dimensions: 300 }, cohereFour, 'dimensions', 'unsupported_parameter'],
  ] as const)('refuses what it cannot honour', (form, body, to, field, code) => {
    expect(refusal(() => cohere.writeRequest(read(form, body), to))).toMatchObject({
      code,
      details: { field },
    })
  })

  it('writes a size where the model takes one', () => {
    const sized = (dimensions: number) => read(openai, { input: 'a', dimensions, input_type: 'search_query' })
    expect(written(cohere, sized(1024), cohereThree).body).not.toHaveProperty('output_dimension')
    expect(written(cohere, sized(1024), cohereFour).body).toMatchObject({ output_dimension: 1024 })
  })

  it('reads a list of vectors and vectors by type; the count stands in a header or nowhere', () => {
    const vectors = [[0.5], [-1]]
    for (const embeddings of [vectors, { float: vectors }, { int8: [[9], [9]], float: vectors }]) {
      expect(cohere.readResult(encodeJson({ embeddings }), counted)).toEqual({
        vectors,
        finish: null,
        usage: tokens(12),
      })
    }
    expect(cohere.readResult(encodeJson({ embeddings: { int8: [[-7]] } })).vectors).toEqual([[-7]])
    for (const told of [undefined, '', '-1', 'many', '1e3', '9'.repeat(40)]) {
      const headers = { 'x-amzn-bedrock-input-token-count': told }
      expect(cohere.readResult(encodeJson({ embeddings: vectors }), headers).usage).toEqual(unknownUsage)
    }
    for (const broken of [{}, { embeddings: {} }, { embeddings: 7 }, { embeddings: [7] }]) {
      expect(refusal(() => cohere.readResult(encodeJson(broken))).code).toBe('upstream_broken')
    }
  })

  it('answers as it was asked: a list, or by type', () => {
    const result: EmbedResult = { vectors: [[1], [2]], finish: null, usage: tokens(4) }
    const asked = { texts: ['a', 'b'], input_type: 'search_query' }
    expect(decodeJson(cohere.writeResult(result, { ...about, asked }))).toEqual({
      id: about.answerId,
      texts: ['a', 'b'],
      embeddings: [[1], [2]],
      response_type: 'embeddings_floats',
    })
    const byType = { ...about, asked: { ...asked, embedding_types: ['float'] } }
    expect(decodeJson(cohere.writeResult(result, byType))).toMatchObject({
      embeddings: { float: [[1], [2]] },
      response_type: 'embeddings_by_type',
    })
    expect(cohere.resultHeaders?.(result)).toEqual(['x-amzn-bedrock-input-token-count', '4'])
  })
})

it('passes its bytes as they came, and has no chat', () => {
  const bytes = encodeJson({ inputText: 'a', unknown: 1.5 })
  expect(titan.passRequest(titan.scanRequest(bytes, null), titanTwo).body).toEqual(bytes)
  for (const [name, field] of [
    ['bedrock-invoke-titan', 'inputText'],
    ['bedrock-invoke-cohere', 'texts'],
  ] as const) {
    const error = refusal(() => dialectNamed(name).scanRequest(bytes, true))
    expect(error).toMatchObject({ code: 'invalid_request', details: { field } })
    expect(error.message).toContain('/invoke')
  }
})

it('answers any body and any answer with a result or an error of ours, in every form', () => {
  const forms = [...allDialects.values()].flatMap(({ embed }) => (embed === null ? [] : [embed]))
  const targets = [titanOne, titanTwo, cohereThree, cohereFour]
  const value = fc.jsonValue({ maxDepth: 3 })
  const members = [
    ...['input', 'dimensions', 'encoding_format', 'content', 'requests', 'taskType', 'inputText'],
    ...['normalize', 'embeddingTypes', 'texts', 'input_type', 'embedding_types', 'output_dimension'],
    ...['images', 'embedding', 'embeddings', 'embeddingsByType', 'inputTextTokenCount', 'data', 'usage'],
  ]
  const likely = fc.oneof(value, fc.string(), fc.array(fc.string()), fc.array(fc.array(fc.double())))
  const body = fc.oneof(value, fc.dictionary(fc.constantFrom(...members), likely))
  const onlyOurErrors = (step: () => void): void => {
    try {
      step()
    } catch (thrown) {
      if (!(thrown instanceof PointsmanError)) throw thrown
    }
  }
  fc.assert(
    fc.property(body, fc.string(), (json, header) => {
      const bytes = encodeJson(json)
      for (const form of forms) {
        onlyOurErrors(() => {
          const call = form.readRequest(form.scanRequest(bytes, null))
          for (const other of forms) {
            for (const to of targets) onlyOurErrors(() => other.writeRequest(call, to))
          }
        })
        onlyOurErrors(() => {
          const result = form.readResult(bytes, { 'x-amzn-bedrock-input-token-count': header })
          for (const other of forms) onlyOurErrors(() => other.writeResult(result, about))
        })
      }
    }),
    { numRuns: 1_000 },
  )
})
