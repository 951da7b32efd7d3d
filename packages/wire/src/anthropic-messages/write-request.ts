import type { ChatCall, JsonObject, JsonValue, ResponseFormat } from '@pointsman/contract'

import { withAllowedAlone } from '../allowed-tools.ts'
import { bindingField, withBinding, withoutUnboundThoughts } from '../claude-bound-thoughts.ts'
import { withFreeChoice } from '../claude-forced-tools.ts'
import { claudeQuirksOf } from '../claude-quirks.ts'
import type { ClaudeQuirks } from '../claude-quirks.ts'
import { judgeStops } from '../claude-takes.ts'
import { writeAdaptive, writeBudget, writeNoThinking } from '../claude-thinking.ts'
import type { WrittenThinking } from '../claude-thinking.ts'
import type { Crc32, WriteTarget, WrittenRequest } from '../dialect.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { dropDistribution, judgeOtherSampling, lowerLimit } from '../sampling-warnings.ts'
import { stopSequencePath, streamedStopSequencePath } from '../stop-sequence-path.ts'
import { settleExtras, unsupported, WarningList } from '../warning-list.ts'
import { takeBetas } from './quirk-betas.ts'
import { CacheMarks } from './quirk-cache-marks.ts'
import { extraRules } from './extra-fields.ts'
import { closeAnswer } from '../closed-schema.ts'
import { writeMessages, writeSystem } from './write-messages.ts'
import type { WriteContext } from './write-messages.ts'
import { isOwnTool, writeTools } from './write-tools.ts'

const encoder = new TextEncoder()

/** Sent where neither the caller nor the catalogue tells a limit: what every model of this API writes. */
const leastMaxTokens = 4_096
/** Anthropic API reference, 2026-11: `metadata.user_id`. */
const longestUserId = 256

/** Anthropic needs a limit. */
const writeMaxTokens = ({ sampling }: ChatCall, { model, warnings }: WriteContext): number =>
  lowerLimit(sampling.maxTokens ?? model.maxOutputTokens ?? leastMaxTokens, model, warnings)

function writeThinking(call: ChatCall, maxTokens: number, context: WriteContext): WrittenThinking {
  const { model, warnings } = context
  const nothing: WrittenThinking = { fields: {}, forbidsSampling: false }
  const { reasoning } = call
  if (reasoning === null) return nothing
  const quirks = claudeQuirksOf(model)
  if (reasoning.effort === 'none') return writeNoThinking(quirks, warnings)
  switch (model.abilities.reasoning === false ? null : quirks.reasoning) {
    case 'thinking-budget':
      return writeBudget(call, reasoning, maxTokens, warnings)
    case 'thinking-adaptive':
      return writeAdaptive(call, reasoning, quirks, warnings)
    case null:
      warnings.add('reasoning_effort', 'this model has no setting for reasoning; it was left out')
      return nothing
  }
}

function writeDistribution(
  call: ChatCall,
  quirks: ClaudeQuirks,
  thinks: boolean,
  warnings: WarningList,
): JsonObject {
  const { temperature, topP, topK } = call.sampling
  if (!quirks.sampling || thinks) {
    const why = quirks.sampling
      ? 'not taken while the model reasons; it was left out'
      : 'this model no longer takes it; it was left out'
    dropDistribution(call, why, warnings)
    return {}
  }
  if (temperature !== null && temperature > 1)
    warnings.add('temperature', 'this model takes at most 1, which was sent')
  const onlyOne = quirks.eitherTemperatureOrTopP && temperature !== null && topP !== null
  if (onlyOne && topP !== 1)
    warnings.add('top_p', 'this model takes it only without temperature; it was left out')
  return {
    ...(temperature === null ? {} : { temperature: Math.min(temperature, 1) }),
    ...(topP === null || onlyOne ? {} : { top_p: topP }),
    ...(topK === null ? {} : { top_k: topK }),
  }
}

function writeStops({ sampling }: ChatCall): JsonObject {
  const { stopSequences } = sampling
  judgeStops(stopSequences)
  return stopSequences.length === 0 ? {} : { stop_sequences: stopSequences }
}

function writeFormat(format: ResponseFormat | null, { model, warnings }: WriteContext): JsonObject {
  if (format === null) return {}
  if (format.kind === 'json-object') {
    throw unsupported('response_format', 'this model has no JSON mode; give a JSON schema instead.')
  }
  if (model.abilities.jsonSchema === false) {
    throw unsupported('response_format', 'this model cannot be held to a JSON schema; choose one that can.')
  }
  const schema = closeAnswer(format.schema, warnings)
  return { format: { type: 'json_schema', schema } }
}

const textOf = (value: JsonValue | undefined): string | null => (typeof value === 'string' ? value : null)

/** Anthropic takes one label: an opaque id of the user. OpenAI's two fields for it mean the same. */
function writeMetadata(call: ChatCall, extras: JsonObject, warnings: WarningList): JsonObject {
  for (const name of Object.keys(call.metadata)) {
    if (name !== 'user_id')
      warnings.add(`metadata.${name}`, 'Anthropic takes no labels beside user_id; it was left out')
  }
  const user = call.metadata['user_id'] ?? textOf(extras['safety_identifier']) ?? textOf(extras['user'])
  if (user === null || user === '') return {}
  if (user.length <= longestUserId) return { metadata: { user_id: user } }
  warnings.add('metadata.user_id', `beyond ${longestUserId} characters; it was left out`)
  return {}
}

function writeServiceTier({ serviceTier }: ChatCall, warnings: WarningList): JsonObject {
  if (serviceTier === 'auto') return { service_tier: 'auto' }
  if (serviceTier === 'standard') return { service_tier: 'standard_only' }
  if (serviceTier !== null)
    warnings.add('service_tier', "this tier does not exist here; the vendor's default tier served")
  return {}
}

/** Written elsewhere: beside other members of their objects, or under another name. */
const placedElsewhere: ReadonlySet<string> = new Set([
  'user',
  'safety_identifier',
  'output_config.task_budget',
  bindingField,
])

const orNothing = (name: string, value: JsonObject): JsonObject =>
  Object.keys(value).length === 0 ? {} : { [name]: value }

function writeOutput(
  call: ChatCall,
  fields: JsonObject,
  extras: JsonObject,
  context: WriteContext,
): JsonObject {
  const own = isJsonObject(fields['output_config']) ? fields['output_config'] : {}
  const budget = extras['output_config.task_budget']
  return orNothing('output_config', {
    ...own,
    ...writeFormat(call.responseFormat, context),
    ...(budget === undefined ? {} : { task_budget: budget }),
  })
}

/** Converse's question for the stop sequence that matched: Anthropic tells it unasked. */
const asksForStopSequence = ([name, value]: readonly [string, JsonValue]): boolean =>
  name === 'additionalModelResponseFieldPaths' &&
  isJsonArray(value) &&
  value.every((path) => path === stopSequencePath || path === streamedStopSequencePath)

/** A kind of thinking that only some models have; of what is not known of Anthropic's own, all goes as it came. */
function takesExtra([name, value]: readonly [string, JsonValue], { model, warnings }: WriteContext): boolean {
  if (name !== 'thinking' || !isJsonObject(value) || value['type'] !== 'between_tools') return true
  const { betweenTools } = claudeQuirksOf(model)
  if (!betweenTools) warnings.add(name, 'this model cannot think between tools only; it was left out')
  return betweenTools
}

/** What a request and a token count have in common. */
function writeCommon(
  given: ChatCall,
  context: WriteContext,
  maxTokens: number,
): { readonly members: JsonObject; readonly thinks: boolean; readonly extras: JsonObject } {
  const { model, warnings } = context
  const quirks = claudeQuirksOf(model)
  const call = withoutUnboundThoughts(
    withFreeChoice(withAllowedAlone(given), quirks, warnings),
    quirks,
    warnings,
  )
  const all = Object.entries(call.extras)
  const ownTools = Object.fromEntries(all.filter(([name]) => isOwnTool(name)))
  const others = Object.fromEntries(
    all.filter((extra) => !isOwnTool(extra[0]) && !asksForStopSequence(extra) && takesExtra(extra, context)),
  )
  const extras = settleExtras(others, extraRules, warnings)
  const { fields: asked, forbidsSampling } = writeThinking(call, maxTokens, context)
  const fields = withBinding(asked, call, quirks, warnings)
  // Marks are counted in the vendor's order: tools, system, messages.
  const tools = writeTools(call, ownTools, context)
  const system = writeSystem(call, context)
  const { output_config: _, ...thinking } = fields
  const members = {
    ...system,
    messages: writeMessages(call, context),
    ...tools,
    ...thinking,
    ...writeOutput(call, fields, extras, context),
    ...Object.fromEntries(Object.entries(extras).filter(([name]) => !placedElsewhere.has(name))),
  }
  return { members, thinks: forbidsSampling, extras }
}

function contextOf(call: ChatCall, target: WriteTarget, crc32: Crc32): WriteContext {
  const warnings = new WarningList()
  return { model: target.model, warnings, crc32, marks: new CacheMarks(call, target.model, warnings) }
}

/** A request's members but for `model` and `stream`, which Bedrock's InvokeModel has in its path. */
export function writeMembers(
  call: ChatCall,
  target: WriteTarget,
  crc32: Crc32,
): { readonly members: JsonObject; readonly warnings: readonly string[] } {
  const context = contextOf(call, target, crc32)
  const { warnings, model } = context
  judgeOtherSampling(call, warnings)
  const maxTokens = writeMaxTokens(call, context)
  const { members, thinks, extras } = writeCommon(call, context, maxTokens)
  const written = {
    max_tokens: maxTokens,
    ...members,
    ...writeDistribution(call, claudeQuirksOf(model), thinks, warnings),
    ...writeStops(call),
    ...writeMetadata(call, extras, warnings),
    ...writeServiceTier(call, warnings),
  }
  return { members: written, warnings: warnings.list() }
}

/**
 * The body of `POST /v1/messages`. Throws `unsupported_parameter` where leaving something out would change the
 * meaning, `invalid_request` for tool arguments that are no whole JSON object.
 */
export function writeRequest(call: ChatCall, target: WriteTarget, crc32: Crc32): WrittenRequest {
  const { rest, headers } = takeBetas(call)
  const { members, warnings } = writeMembers(rest, target, crc32)
  const body = { model: target.upstreamId, ...members, ...(call.stream ? { stream: true } : {}) }
  return { body: encoder.encode(JSON.stringify(body)), warnings, ...headers }
}

/** The body of `POST /v1/messages/count_tokens`: what steers the answer alone has no place there. */
export function writeCountRequest(call: ChatCall, target: WriteTarget, crc32: Crc32): WrittenRequest {
  const { rest, headers } = takeBetas(call)
  const context = contextOf(rest, target, crc32)
  const maxTokens = target.model.maxOutputTokens ?? leastMaxTokens
  const { members } = writeCommon(rest, context, maxTokens)
  const body = { model: target.upstreamId, ...members }
  return { body: encoder.encode(JSON.stringify(body)), warnings: context.warnings.list(), ...headers }
}
