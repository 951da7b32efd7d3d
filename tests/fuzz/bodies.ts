import type { Chance } from '../chance.ts'
import { changeBytes, changeStructure } from './mutate.ts'
import { writeJson } from './odd-values.ts'
import { modelMark, sampleRequests, type SampleRequest } from './samples.ts'

/** One request, as a client would put it on the wire. */
export interface FuzzedRequest {
  readonly sample: SampleRequest
  readonly path: string
  /** Flat. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** One of each kind of target: every provider, every body format, abilities present and absent, none at all. */
export const chatModels: readonly string[] = [
  ...['eu.amazon.nova-pro-v1:0', 'eu.amazon.nova-micro-v1:0', 'eu.anthropic.claude-sonnet-5-5'],
  ...['anthropic.claude-3-haiku-20240307-v1:0', 'eu.anthropic.claude-opus-4-5-20251101-v1:0'],
  ...['meta.llama3-1-70b-instruct-v1:0', 'deepseek.v3.2', 'amazon.titan-text-premier-v1:0'],
  ...['global.openai.gpt-6-sol', 'gpt-4o', 'gpt-5-mini', 'gpt-6-luna', 'local-llama', 'claude-sonnet-5-5'],
  ...['claude-3-haiku-20240307', 'gemini-2.5-flash', 'gemini-3.5-flash', 'default', 'use-case/clinical'],
]
export const embeddingModels: readonly string[] = [
  ...[
    'text-embedding-3-small',
    'gemini-embedding-001',
    'amazon.titan-embed-text-v2:0',
    'cohere.embed-multilingual-v3',
  ],
]
const oddModels: readonly string[] = [
  ...[
    'nobody',
    '',
    ' ',
    '..',
    '__proto__',
    'constructor',
    'use-case/',
    'agent/x',
    'モデル',
    '😀',
    'x'.repeat(3_000),
  ],
  ...['arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-pro-v1:0'],
]

const headerNames: readonly string[] = [
  ...['anthropic-version', 'anthropic-beta', 'openai-beta', 'x-goog-api-client', 'content-type', 'accept'],
  ...['x-pointsman-use-case', 'x-pointsman-agent', 'x-pointsman-role', 'x-pointsman-conversation'],
  ...['x-pointsman-user', 'x-pointsman-session', 'x-pointsman-tags', 'content-encoding', 'traceparent'],
  ...['x-amzn-bedrock-guardrailidentifier', 'x-amzn-bedrock-trace', 'x-amzn-bedrock-service-tier'],
]
/** As `node:http` hands them over: one character a byte. */
const headerValues: readonly string[] = [
  ...[
    '',
    ' ',
    '2023-06-01',
    'x,y',
    ',,,',
    'clinical',
    'patient',
    '__proto__',
    'constructor',
    'gzip',
    'identity',
  ],
  ...[
    'a'.repeat(300),
    `${'t,'.repeat(40)}t`,
    '\u00c3\u00a9',
    '\u00ff',
    'a\tb',
    'ENABLED',
    'u-1',
    '\u00ed\u00a0\u0080',
  ],
]

function modelFor(sample: SampleRequest, chance: Chance): string {
  if (chance.happens(0.04)) return chance.one(oddModels)
  if (sample.operation === 'embed') return chance.one(embeddingModels)
  return chance.one(chance.happens(0.02) ? embeddingModels : chatModels)
}

function headersBy(chance: Chance): readonly string[] {
  if (chance.happens(0.85)) return []
  return Array.from({ length: 1 + chance.below(3) }, () => [
    chance.one(headerNames),
    chance.one(headerValues),
  ]).flat()
}

const encoder = new TextEncoder()

/** A body that began as a good one. Some stay good, so that what comes after the reading is reached as well. */
export function fuzzRequest(chance: Chance): FuzzedRequest {
  const sample = chance.one(sampleRequests)
  const model = modelFor(sample, chance)
  const changes = chance.one([0, 0, 1, 1, 1, 1, 1, 2, 3, 6])
  const changed = Array.from({ length: changes }).reduce<unknown>(
    (value) => changeStructure(value, chance),
    sample.body,
  )
  const text = writeJson(changed).replaceAll(modelMark, () => JSON.stringify(model).slice(1, -1))
  const written = encoder.encode(text)
  const body = chance.happens(0.1) ? changeBytes(written, chance) : written
  return { sample, path: pathWith(sample.path, model), headers: headersBy(chance), body }
}

/** A sample as it is, for one model. */
export function plainRequest(sample: SampleRequest, model: string): Pick<FuzzedRequest, 'path' | 'body'> {
  const text = writeJson(sample.body).replaceAll(modelMark, () => JSON.stringify(model).slice(1, -1))
  return { path: pathWith(sample.path, model), body: encoder.encode(text) }
}

const pathWith = (path: string, model: string): string =>
  path.replace(modelMark, () => encodeURIComponent(model === '' ? ' ' : model))
