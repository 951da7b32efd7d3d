import type { ChatCall, JsonObject, JsonValue, ServiceTier } from '@pointsman/contract'

import type { ScannedRequest } from '../dialect.ts'
import { invalidField, readLabels, readString } from '../json-fields.ts'
import { readGeneration } from './quirk-generation.ts'
import { readMessages, readSystem } from './read-messages.ts'
import { readTools } from './read-tools.ts'
import { camelCase, spelled } from './quirk-spelling.ts'

/** Fields that the neutral form has a place for; every other one goes to `extras`. */
const neutralFields: ReadonlySet<string> = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'labels',
  'serviceTier',
])

const serviceTiers: ReadonlyMap<string, ServiceTier | null> = new Map<string, ServiceTier | null>([
  ['unspecified', null],
  ['service_tier_unspecified', null],
  ['standard', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
])

function readServiceTier(request: JsonObject, path: string): ServiceTier | null {
  const field = spelled(request, 'serviceTier')
  const word = readString(request, field, path)
  if (word === null) return null
  const tier = serviceTiers.get(word.toLowerCase())
  if (tier === undefined) throw invalidField(field, 'must be "standard", "flex" or "priority".')
  return tier
}

const isEmpty = (value: JsonValue): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0)

function readExtras(request: JsonObject): readonly (readonly [string, JsonValue])[] {
  return Object.entries(request)
    .filter(([name, value]) => !neutralFields.has(camelCase(name)) && !isEmpty(value))
    .map(([name, value]) => [camelCase(name), value] as const)
}

/**
 * The request of `generateContent` in neutral form. `path` is its place in the body: a count of tokens may hold one.
 * Throws `invalid_request` with the field, `unsupported_parameter` for answers of another shape.
 */
export function readGenerateRequest(request: JsonObject, stream: boolean, path: string): ChatCall {
  const { tools, toolChoice, extras } = readTools(request, path)
  const conversation = readMessages(request, path)
  const generation = readGeneration(request, path)
  return {
    system: readSystem(request, path),
    messages: conversation.messages,
    tools,
    toolChoice,
    parallelToolCalls: null,
    sampling: generation.sampling,
    responseFormat: generation.responseFormat,
    reasoning: generation.reasoning,
    serviceTier: readServiceTier(request, path),
    metadata: readLabels(request, 'labels', path),
    stream,
    // Every chunk of Gemini's tells usage.
    streamUsage: true,
    extras: Object.fromEntries([
      ...readExtras(request),
      ...extras,
      ...generation.extras,
      ...conversation.extras,
    ]),
  }
}

export const readRequest = ({ stream, whole }: ScannedRequest): ChatCall =>
  readGenerateRequest(whole(), stream, '')
