import { unknownUsage } from '@pointsman/contract'
import type {
  JsonObject,
  JsonValue,
  OtherUsage,
  ServedTier,
  ToldUsage,
  UsageBuckets,
} from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { anthropicTiers, readServedTier, writeServedTier } from '../service-tiers.ts'
import { besideTokens, withUnpriced } from '../unpriced.ts'

/** Of a model; a record is not to grow by what a vendor writes. */
const longestName = 200

/** A vendor's count; null for anything that is not one, because a wrong figure would be billed. */
function readCount(from: JsonObject, name: string): number | null {
  const count = numberOf(from[name])
  return count !== null && Number.isSafeInteger(count) && count >= 0 ? count : null
}

function readCounts(value: JsonObject): UsageBuckets {
  const byLifetime = value['cache_creation']
  const hour = isJsonObject(byLifetime) ? readCount(byLifetime, 'ephemeral_1h_input_tokens') : null
  const fiveMinutes = isJsonObject(byLifetime) ? readCount(byLifetime, 'ephemeral_5m_input_tokens') : null
  const writes = readCount(value, 'cache_creation_input_tokens')
  const details = value['output_tokens_details']
  return {
    ...unknownUsage,
    inputTokens: readCount(value, 'input_tokens'),
    cacheReadTokens: readCount(value, 'cache_read_input_tokens'),
    cacheWrite5mTokens: writes === null ? fiveMinutes : Math.max(0, writes - (hour ?? 0)),
    cacheWrite1hTokens: hour,
    outputTokens: readCount(value, 'output_tokens'),
    reasoningTokens: isJsonObject(details) ? readCount(details, 'thinking_tokens') : null,
  }
}

/** One call of a model, of those that an answer took. */
interface Iteration {
  readonly type: JsonValue | undefined
  /** Null where it is not told. */
  readonly model: string | null
  readonly usage: UsageBuckets
}

const iterationsOf = (told: readonly JsonValue[]): readonly Iteration[] =>
  told.filter(isJsonObject).map((one) => {
    const { model, type } = one
    return {
      type,
      model: typeof model === 'string' ? model.slice(0, longestName) : null,
      usage: readCounts(one),
    }
  })

const ofModel = ({ model, usage }: Iteration): readonly OtherUsage[] =>
  model === null ? [] : [{ model, usage }]

/** What one of the two does not tell changes nothing of the other. */
const sum = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : one + other

const addUsage = (one: UsageBuckets, other: UsageBuckets): UsageBuckets => ({
  ...one,
  inputTokens: sum(one.inputTokens, other.inputTokens),
  cacheReadTokens: sum(one.cacheReadTokens, other.cacheReadTokens),
  cacheWrite5mTokens: sum(one.cacheWrite5mTokens, other.cacheWrite5mTokens),
  cacheWrite1hTokens: sum(one.cacheWrite1hTokens, other.cacheWrite1hTokens),
  outputTokens: sum(one.outputTokens, other.outputTokens),
})

/**
 * Who answered where the one that was asked declined (beta `server-side-fallback`): the last one called. Told by names that
 * differ among themselves, because the one that was asked may have been asked by an alias.
 */
function fallbackOf(messages: readonly Iteration[]): string | null {
  const last = messages.findLast(({ model }) => model !== null)
  if (last === undefined) return null
  const fellBack = messages.some(
    ({ model, type }) => type === 'fallback_message' || (model !== null && model !== last.model),
  )
  return fellBack ? last.model : null
}

const usagesOf = (iterations: readonly Iteration[]): readonly UsageBuckets[] =>
  iterations.map(({ usage }) => usage)

const buckets = [
  'inputTokens',
  'cacheReadTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'outputTokens',
] as const

const isKnown = ({ inputTokens, outputTokens }: UsageBuckets): boolean =>
  inputTokens !== null && outputTokens !== null

/** The calls that the totals are the sum of; where they are not, the totals hold, as of one call. */
function callsOf(totals: UsageBuckets, calls: readonly UsageBuckets[]): readonly UsageBuckets[] {
  const sums = calls.reduce(addUsage, unknownUsage)
  return buckets.every((bucket) => (sums[bucket] ?? 0) === (totals[bucket] ?? 0)) ? calls : [totals]
}

/**
 * What the answer's own model took, and what others did. "A `compaction` entry's tokens are not included in the top-level
 * `usage` fields" (@anthropic-ai/sdk 1.14, `BetaIterationsUsage`); they are billed all the same. The advisor is billed at
 * its own model's price, so that the totals leave it out (platform.claude.com: advisor tool, 2026-11; ccusage/ccusage
 * issue 1115). So is who declined, if it wrote anything before; if not, it is not billed at all (platform.claude.com:
 * refusals and fallback, 2026-11; BerriAI/litellm pull 39294). The totals are then the answering model's alone, but those of
 * a stream come in two events, of which the first may be the other one's: its iterations are added up instead.
 */
function readIterations(totals: UsageBuckets, told: readonly JsonValue[]): ToldUsage {
  const iterations = iterationsOf(told)
  const messages = iterations.filter(({ type }) => type === 'message' || type === 'fallback_message')
  const servedModel = fallbackOf(messages)
  const isOwn = ({ model }: Iteration): boolean =>
    servedModel === null || model === null || model === servedModel
  const own =
    servedModel === null
      ? totals
      : usagesOf(messages.filter(isOwn)).reduce(addUsage, {
          ...unknownUsage,
          reasoningTokens: totals.reasoningTokens,
        })
  const compactions = usagesOf(iterations.filter(({ type }) => type === 'compaction'))
  const calls = [...callsOf(own, usagesOf(messages.filter(isOwn))), ...compactions]
  const declined = messages.filter((one) => !isOwn(one) && one.usage.outputTokens !== 0)
  const advisors = iterations.filter(({ type }) => type === 'advisor_message')
  const others = [...declined, ...advisors].flatMap(ofModel)
  return {
    ...compactions.reduce(addUsage, own),
    ...(calls.length > 1 && calls.every(isKnown) ? { calls } : {}),
    ...(others.length === 0 ? {} : { others }),
    ...(servedModel === null ? {} : { servedModel }),
  }
}

/**
 * Anthropic's usage: `input_tokens` EXCLUDES cached tokens, as ours does. Cache writes are told in sum, and by lifetime
 * in `cache_creation`; without it they are of five minutes, the default. Unknown members are left alone. Null where
 * the vendor said nothing. `container`: the one in which code ran, told beside the usage.
 */
export function readUsage(value: JsonValue | undefined, container?: JsonValue): ToldUsage | null {
  if (!isJsonObject(value)) return null
  const totals = readCounts(value)
  const { iterations } = value
  const told = isJsonArray(iterations) ? withPlace(readIterations(totals, iterations), value) : totals
  return withUnpriced(told, extrasOf(value, container))
}

/**
 * Searches are billed by the thousand, containers by the hour; what is fetched is tokens alone (platform.claude.com, web
 * search, code execution and web fetch tools, 2026-11).
 */
function extrasOf(
  { server_tool_use: tools }: JsonObject,
  container: JsonValue | undefined,
): readonly string[] {
  const searches = isJsonObject(tools) ? readCount(tools, 'web_search_requests') : null
  return [
    ...(searches === null || searches === 0 ? [] : [besideTokens('web_search', searches)]),
    ...(isJsonObject(container) ? [besideTokens('code_execution', 1)] : []),
  ]
}

/** Who had a stream before its next model. */
export interface BeforeHandOver {
  /** Whoever hands over wrote anything. */
  readonly wrote: boolean
  /** Who wrote and declined before it. */
  readonly declined: readonly OtherUsage[]
}

/**
 * At a `fallback` block: who goes on read what was told so far, and is billed for what comes. Who declined is billed for
 * the input too if it `wrote` anything, and its words count as those of who goes on (@anthropic-ai/sdk 1.14,
 * `BetaFallbackBlock`). Null where the block names no model.
 */
export function readHandOver(
  soFar: JsonObject,
  block: JsonObject,
  { declined, wrote }: BeforeHandOver,
): ToldUsage | null {
  const nameOf = (hop: JsonValue | undefined): string | null => {
    const name = isJsonObject(hop) ? hop['model'] : null
    return typeof name === 'string' ? name.slice(0, longestName) : null
  }
  const [from, to] = [nameOf(block['from']), nameOf(block['to'])]
  if (to === null) return null
  const usage = { ...readCounts(soFar), outputTokens: 0, reasoningTokens: null }
  const others = wrote && from !== null ? [...declined, { model: from, usage }] : declined
  return withPlace({ ...usage, servedModel: to, ...(others.length === 0 ? {} : { others }) }, soFar)
}

/** Of `inference_geo`: anywhere, of models that can be asked for no place, and of answers that tell none (records of Claude Code, 2026). */
const anyPlace: ReadonlySet<string> = new Set(['global', 'not_available', ''])

/** Null = anywhere, or not told. */
function placeOf({ inference_geo: place }: JsonObject): string | null {
  return typeof place === 'string' && !anyPlace.has(place) ? place : null
}

/** A request runs in one place, whichever models take part; a speed is of one model. */
function withPlace(usage: ToldUsage, told: JsonObject): ToldUsage {
  const place = placeOf(told)
  return usage.others === undefined || place === null
    ? usage
    : { ...usage, othersTier: place.slice(0, longestName).toLowerCase() }
}

/**
 * A speed and a place have prices of their own (@anthropic-ai/sdk 1.14, `BetaUsage.speed` and `inference_geo`), of a request
 * and of an answer, as prices name them: `fast`, `us`, or both, `fast.us`. Null = neither is told.
 */
export function readSpeedAndPlace(from: JsonObject): ServedTier | null {
  const place = placeOf(from)
  const words = from['speed'] === 'fast' ? ['fast'] : []
  if (place !== null) words.push(place)
  return words.length === 0 ? null : { tier: 'other', raw: words.join('.') }
}

/**
 * The tier that served; null where it is not told. In fast mode it says nothing, nor does the standard one of a place; the
 * standard speed is said of models that have no other, whatever was asked (BerriAI/litellm pull 38378).
 */
export function readTier(usage: JsonValue | undefined): ServedTier | null {
  if (!isJsonObject(usage)) return null
  const tier = readServedTier(anthropicTiers, usage['service_tier'])
  const own = readSpeedAndPlace(usage)
  const tierSaysLess = tier === null || tier.tier === 'standard' || usage['speed'] === 'fast'
  if (own !== null && tierSaysLess) return own
  return tier ?? (usage['speed'] === 'standard' ? { tier: 'standard', raw: 'standard' } : null)
}

/** Later figures of one stream over earlier ones: `message_delta` repeats some and leaves out others. */
export function mergeUsage(earlier: JsonObject, later: JsonValue | undefined): JsonObject {
  if (!isJsonObject(later)) return earlier
  return { ...earlier, ...Object.fromEntries(Object.entries(later).filter(([, figure]) => figure !== null)) }
}

/** Figures that are not known are null, never zero. */
export function writeUsage(usage: UsageBuckets, served: ServedTier | null): JsonObject {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage
  const tier = writeServedTier(anthropicTiers, served)
  const writesAreKnown = cacheWrite5mTokens !== null || cacheWrite1hTokens !== null
  return {
    input_tokens: inputTokens,
    cache_creation_input_tokens: writesAreKnown
      ? (cacheWrite5mTokens ?? 0) + (cacheWrite1hTokens ?? 0)
      : null,
    cache_read_input_tokens: cacheReadTokens,
    ...(cacheWrite5mTokens === null || cacheWrite1hTokens === null
      ? {}
      : {
          cache_creation: {
            ephemeral_5m_input_tokens: cacheWrite5mTokens,
            ephemeral_1h_input_tokens: cacheWrite1hTokens,
          },
        }),
    output_tokens: outputTokens,
    ...(tier === null ? {} : { service_tier: tier }),
    ...(usage.reasoningTokens === null
      ? {}
      : { output_tokens_details: { thinking_tokens: usage.reasoningTokens } }),
  }
}
