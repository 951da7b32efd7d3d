import type {
  ChatCall,
  JsonObject,
  JsonValue,
  ResponseFormat,
  Sampling,
  ServiceTier,
} from '@pointsman/contract'

import type { ScannedRequest } from '../dialect.ts'
import {
  asObject,
  asString,
  invalidField,
  isJsonObject,
  needString,
  readArray,
  readLabels,
  readNumber,
  readObject,
  readString,
} from '../json-fields.ts'
import { readModelFields } from './quirk-model-fields.ts'
import type { ModelFields } from './quirk-model-fields.ts'
import { readMessages } from './read-messages.ts'
import { readTools } from './read-tools.ts'
import type { ReadTools } from './read-tools.ts'

/** Members that the neutral form has a place for; every other one goes to `extras`. */
const neutralFields: ReadonlySet<string> = new Set([
  'messages',
  'system',
  'inferenceConfig',
  'toolConfig',
  'additionalModelRequestFields',
  'outputConfig',
  'requestMetadata',
  // The SDKs move it to the path; some clients leave it in the body too.
  'modelId',
])

const inferenceFields: readonly string[] = ['maxTokens', 'temperature', 'topP', 'stopSequences']

function readSampling(body: JsonObject, fields: ModelFields): Sampling {
  const config = readObject(body, 'inferenceConfig', '') ?? {}
  const path = 'inferenceConfig'
  const stops = readArray(config, 'stopSequences', path) ?? []
  return {
    maxTokens: readNumber(config, 'maxTokens', path, { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }),
    temperature: readNumber(config, 'temperature', path, { from: 0, to: 1 }),
    topP: readNumber(config, 'topP', path, { from: 0, to: 1 }),
    topK: fields.topK,
    stopSequences: stops.map((stop, index) => asString(stop, `${path}.stopSequences[${index}]`)),
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    logprobs: null,
  }
}

function parseSchema(text: string, field: string): JsonObject {
  let schema: JsonValue
  try {
    schema = JSON.parse(text) as JsonValue
  } catch {
    // The engine's message quotes the text; the field and what it should be say more.
    throw invalidField(field, 'must be a JSON schema, written as JSON text.')
  }
  return asObject(schema, field)
}

function readResponseFormat(output: JsonObject): ResponseFormat | null {
  const format = readObject(output, 'textFormat', 'outputConfig')
  if (format === null) return null
  const path = 'outputConfig.textFormat'
  if (needString(format, 'type', path) !== 'json_schema') {
    throw invalidField(`${path}.type`, 'must be "json_schema".')
  }
  const structure = asObject(format['structure'], `${path}.structure`)
  const place = `${path}.structure.jsonSchema`
  const definition = asObject(structure['jsonSchema'], place)
  return {
    kind: 'json-schema',
    name: readString(definition, 'name', place) ?? 'answer',
    description: readString(definition, 'description', place),
    schema: parseSchema(needString(definition, 'schema', place), `${place}.schema`),
    strict: true,
  }
}

/** Converse's empty members ask for nothing. */
const saysSomething = (value: JsonValue): boolean =>
  value !== null && !(typeof value === 'object' && Object.keys(value).length === 0)

/** Members of `inferenceConfig` and others that have no place, by their path. */
function readExtras(body: JsonObject, fields: ModelFields): readonly (readonly [string, JsonValue])[] {
  const config = body['inferenceConfig']
  const unknownInference = isJsonObject(config)
    ? Object.entries(config).filter(([name]) => !inferenceFields.includes(name))
    : []
  return [
    ...Object.entries(body).filter(
      ([name, value]) =>
        !neutralFields.has(name) &&
        saysSomething(value) &&
        !(name === 'serviceTier' && readServiceTier(body) !== null),
    ),
    ...unknownInference.map(([name, value]) => [`inferenceConfig.${name}`, value] as const),
    ...(saysSomething(fields.rest) ? [['additionalModelRequestFields', fields.rest] as const] : []),
  ]
}

function readAllModelFields(body: JsonObject, { whole }: ReadTools): ModelFields {
  const value = body['additionalModelRequestFields']
  if (value === undefined || value === null) return readModelFields({})
  const fields = asObject(value, 'additionalModelRequestFields')
  const { tool_choice: choice, ...others } = fields
  if (whole === null || choice === undefined) return readModelFields(fields)
  // Beside tools that go back as they came, so does the choice among them.
  const read = readModelFields(others)
  return { ...read, rest: { ...read.rest, tool_choice: choice } }
}

/** Converse's own `effort` stands beside what the model fields say; the model's own wins. */
function readReasoning(output: JsonObject, fields: ModelFields): ChatCall['reasoning'] {
  const effort = readString(output, 'effort', 'outputConfig')
  if (fields.reasoning === null) return effort === null ? null : { effort, budgetTokens: null, summary: null }
  return { ...fields.reasoning, effort: fields.reasoning.effort ?? effort }
}

const serviceTiers: ReadonlyMap<string, ServiceTier> = new Map<string, ServiceTier>([
  ['default', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
])

const serviceTierOf = (body: JsonObject): string | null => {
  const tier = readObject(body, 'serviceTier', '')
  return tier === null ? null : needString(tier, 'type', 'serviceTier')
}

/** Another one (`reserved`) is Bedrock's alone, and stays among the extras. */
const readServiceTier = (body: JsonObject): ServiceTier | null =>
  serviceTiers.get(serviceTierOf(body) ?? '') ?? null

/** A Converse request in neutral form, whole. Throws `invalid_request` with the field. */
export function readRequest(scanned: ScannedRequest): ChatCall {
  const body = scanned.whole()
  const tools = readTools(body)
  const fields = readAllModelFields(body, tools)
  const output = readObject(body, 'outputConfig', '') ?? {}
  const conversation = readMessages(body)
  return {
    system: conversation.system,
    messages: conversation.messages,
    tools: tools.tools,
    toolChoice: tools.toolChoice ?? fields.toolChoice,
    parallelToolCalls: fields.parallelToolCalls,
    sampling: readSampling(body, fields),
    responseFormat: readResponseFormat(output) ?? fields.responseFormat,
    reasoning: readReasoning(output, fields),
    serviceTier: readServiceTier(body),
    metadata: readLabels(body, 'requestMetadata', ''),
    stream: scanned.stream,
    // Converse tells usage in every stream.
    streamUsage: true,
    extras: {
      ...Object.fromEntries(readExtras(body, fields)),
      ...(tools.whole === null ? {} : { toolConfig: tools.whole }),
      ...Object.fromEntries(conversation.extras),
    },
  }
}
