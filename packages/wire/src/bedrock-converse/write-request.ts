import type { ChatCall, JsonObject, JsonValue, ResponseFormat } from '@pointsman/contract'

import { withAllowedAlone } from '../allowed-tools.ts'
import type { Crc32, WriteTarget, WrittenRequest } from '../dialect.ts'
import {
  bindingField,
  withBinding,
  withBindingBeta,
  withoutUnboundThoughts,
} from '../claude-bound-thoughts.ts'
import { saidBetas } from '../claude-betas.ts'
import { withFreeChoice, withFreeMembers, withFreeToolConfig } from '../claude-forced-tools.ts'
import { judgeStops } from '../claude-takes.ts'
import { closeAnswer } from '../closed-schema.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { withPlainDocuments } from '../plain-documents.ts'
import { dropDistribution, judgeOtherSampling, lowerLimit } from '../sampling-warnings.ts'
import { settleExtras, unsupported, WarningList } from '../warning-list.ts'
import { extraRules } from './extra-fields.ts'
import { limitCachePoints } from './quirk-cache-points.ts'
import { writeReasoning } from './quirk-reasoning.ts'
import type { WrittenReasoning } from './quirk-reasoning.ts'
import { withSystemSaid } from './quirk-no-system.ts'
import { askStopSequence } from './quirk-stop-sequence.ts'
import { fittingFields } from './quirk-switched-models.ts'
import { quirksOf } from './quirks.ts'
import { writeMessages, writeSystem } from './write-messages.ts'
import type { WriteContext } from './write-messages.ts'
import { writeTools } from './write-tools.ts'
import type { WrittenTools } from './write-tools.ts'

const encoder = new TextEncoder()

/** An object in the making. */
interface Members {
  [name: string]: JsonValue
}

const nothing: JsonObject = {}

/** Bedrock service model, 2026: `requestMetadata`. */
const maxLabels = 16
const labelName = /^[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}$/
const labelValue = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/

function writeLabels(call: ChatCall, warnings: WarningList): JsonObject | null {
  const kept: [string, string][] = []
  for (const [name, value] of Object.entries(call.metadata)) {
    const fits = labelName.test(name) && labelValue.test(value) && kept.length < maxLabels
    if (fits) kept.push([name, value])
    else warnings.add(`metadata.${name}`, 'beyond what Bedrock takes as request metadata; it was left out')
  }
  return kept.length === 0 ? null : Object.fromEntries(kept)
}

interface WrittenDistribution {
  readonly temperature: number | null
  readonly topP: number | null
  /** Members for `additionalModelRequestFields`. */
  readonly fields: JsonObject
}

function writeTopK(call: ChatCall, { model, warnings }: WriteContext): JsonObject {
  const { topK } = call.sampling
  if (topK === null) return nothing
  switch (quirksOf(model).topK) {
    case 'top_k':
      return { top_k: topK }
    case 'inferenceConfig.topK':
      return { inferenceConfig: { topK } }
    case null:
      warnings.add('top_k', 'this model has no such parameter; it was left out')
      return {}
  }
}

function writeDistribution(
  call: ChatCall,
  context: WriteContext,
  reasoning: WrittenReasoning,
): WrittenDistribution {
  const { model, warnings } = context
  const { temperature, topP } = call.sampling
  const quirks = quirksOf(model)
  if (!quirks.sampling || reasoning.forbidsSampling) {
    const why = quirks.sampling
      ? 'not taken while the model reasons; it was left out'
      : 'this model no longer takes it; it was left out'
    dropDistribution(call, why, warnings)
    return { temperature: null, topP: null, fields: nothing }
  }
  if (temperature !== null && temperature > 1)
    warnings.add('temperature', 'this model takes at most 1, which was sent')
  const onlyOne = quirks.eitherTemperatureOrTopP && temperature !== null && topP !== null
  if (onlyOne && topP !== 1)
    warnings.add('top_p', 'this model takes it only without temperature; it was left out')
  return {
    temperature: temperature === null ? null : Math.min(temperature, 1),
    topP: onlyOne ? null : topP,
    fields: writeTopK(call, context),
  }
}

function inferenceConfig(
  { sampling: { stopSequences } }: ChatCall,
  maxTokens: number | null,
  { temperature, topP }: WrittenDistribution,
): JsonObject {
  const config: Members = {}
  if (maxTokens !== null) config['maxTokens'] = maxTokens
  if (temperature !== null) config['temperature'] = temperature
  if (topP !== null) config['topP'] = topP
  if (stopSequences.length > 0) config['stopSequences'] = stopSequences
  return config
}

function writeOutput(format: ResponseFormat | null, { model, warnings }: WriteContext): JsonObject | null {
  if (format === null) return null
  if (format.kind === 'json-object') {
    throw unsupported('response_format', 'this model has no JSON mode; give a JSON schema instead.')
  }
  if (model.abilities.jsonSchema === false) {
    throw unsupported('response_format', 'this model cannot be held to a JSON schema; choose one that can.')
  }
  const jsonSchema = {
    schema: JSON.stringify(closeAnswer(format.schema, warnings)),
    name: format.name,
    ...(format.description === null ? {} : { description: format.description }),
  }
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } }
}

const writeServiceTier = ({ serviceTier }: ChatCall): JsonObject =>
  serviceTier === null || serviceTier === 'auto'
    ? {}
    : { serviceTier: { type: serviceTier === 'standard' ? 'default' : serviceTier } }

const noTools: WrittenTools = { toolConfig: null, fields: {} }

/** The caller's system blocks where some of them only Bedrock knows; texts from inside the conversation follow. */
const foreignSystem = (extras: JsonObject): readonly JsonObject[] => {
  const { system } = extras
  return isJsonArray(system) ? system.filter(isJsonObject) : []
}

const isEmpty = (value: JsonObject | readonly JsonObject[]): boolean =>
  Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0

/** Member by member: of many objects that are spread into one V8 makes a table, which is slow to make and to write. */
function put(body: Members, name: string, value: JsonObject | readonly JsonObject[] | null): void {
  if (value !== null && !isEmpty(value)) body[name] = value
}

/** The caller's system blocks that only Bedrock knows, then those of the neutral form. */
function allSystem(call: ChatCall, extras: JsonObject, context: WriteContext): readonly JsonObject[] {
  const [foreign, own] = [foreignSystem(extras), writeSystem(call, context)]
  return foreign.length === 0 ? own : [...foreign, ...own]
}

/** What only Converse has a place for, as the model takes it: `own` are `additionalModelRequestFields`. */
function foreignParts(
  { extras }: ChatCall,
  { model, warnings }: WriteContext,
): { readonly own: JsonObject; readonly extras: JsonObject } {
  const quirks = quirksOf(model)
  const { thinking } = extras
  // Messages has both at its root; the second one is written with the thinking that is asked for.
  const takesThinking = quirks.betweenTools && isJsonObject(thinking)
  const elsewhere = [
    ...(takesThinking ? ['thinking'] : []),
    ...(model.format === 'claude' ? [bindingField] : []),
  ]
  const others = Object.entries(extras).filter(([name]) => !elsewhere.includes(name))
  const settled = settleExtras(Object.fromEntries(others), extraRules, warnings)
  const { additionalModelRequestFields: fields, ...rest } = settled
  const { toolConfig } = rest
  const own = isJsonObject(fields)
    ? withFreeMembers(fittingFields(fields, model, warnings), quirks, warnings)
    : nothing
  return {
    own: takesThinking ? { ...own, thinking } : own,
    extras: isJsonObject(toolConfig)
      ? { ...rest, toolConfig: withFreeToolConfig(toolConfig, quirks, warnings) }
      : rest,
  }
}

/**
 * The body of Converse and ConverseStream; the model and the streaming stand in the path. Throws
 * `unsupported_parameter` where leaving something out would change the meaning, `invalid_request` for tool
 * arguments that are no whole JSON object.
 */
export function writeRequest(given: ChatCall, target: WriteTarget, crc32: Crc32): WrittenRequest {
  const warnings = new WarningList()
  const context: WriteContext = { model: target.model, warnings, crc32 }
  const quirks = quirksOf(target.model)
  const call = withoutUnboundThoughts(
    withFreeChoice(withAllowedAlone(given), quirks, warnings),
    quirks,
    warnings,
  )
  const { own, extras } = foreignParts(call, context)
  const asked = call.sampling.maxTokens
  const maxTokens = asked === null ? null : lowerLimit(asked, target.model, warnings)
  const reasoning = writeReasoning(call, maxTokens, target.model, warnings)
  judgeOtherSampling(call, warnings)
  const distribution = writeDistribution(call, context, reasoning)
  // Where Bedrock's own tools are among them, the caller's whole toolConfig goes as it came.
  const tools = 'toolConfig' in extras ? noTools : writeTools(call, context)
  // What the caller said in the model's own words is the closest to what it wants.
  const thinking =
    target.model.format === 'claude'
      ? withBinding(reasoning.fields, call, quirks, warnings)
      : reasoning.fields
  const fields = withBindingBeta({ ...distribution.fields, ...tools.fields, ...thinking, ...own })
  if (target.model.format === 'claude') judgeStops(call.sampling.stopSequences)
  const said = withSystemSaid(call, target.model, warnings)
  const plain = target.model.format === 'claude' ? call : withPlainDocuments(said, warnings)
  const body: Members = { messages: writeMessages(plain, context) }
  put(body, 'inferenceConfig', inferenceConfig(call, maxTokens, distribution))
  put(body, 'toolConfig', tools.toolConfig)
  put(body, 'outputConfig', writeOutput(call.responseFormat, context))
  put(body, 'requestMetadata', writeLabels(call, warnings))
  Object.assign(body, writeServiceTier(call), extras, askStopSequence(call, target.model, extras))
  put(body, 'system', allSystem(said, extras, context))
  put(body, 'additionalModelRequestFields', fields)
  const written = limitCachePoints(body, warnings)
  return { body: encoder.encode(JSON.stringify(written)), warnings: warnings.list(), ...saidBetas(fields) }
}
