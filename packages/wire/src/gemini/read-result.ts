import { PointsmanError, unknownUsage } from '@pointsman/contract'
import type {
  ChatResult,
  Citation,
  ContentPart,
  Finish,
  JsonObject,
  JsonValue,
  ServedTier,
  StreamError,
  ToldUsage,
} from '@pointsman/contract'

import { readOrTell } from '../failed-answer.ts'
import { isJsonArray, isJsonObject } from '../json-fields.ts'
import { readVendorJson } from '../read-body.ts'
import { withUnpriced } from '../unpriced.ts'
import { readBlock, readFinish } from './finish-reasons.ts'
import { readLogprobs } from './quirk-logprobs.ts'
import { readCitations } from './quirk-citations.ts'
import type { PlacedCitation } from './quirk-citations.ts'
import { Grounding } from './quirk-grounding.ts'
import { readPart } from './quirk-read-parts.ts'
import { readTier, readUsage } from './usage.ts'

export const broken = (problem: string, cause?: unknown): PointsmanError =>
  new PointsmanError(
    'upstream_broken',
    `The vendor's answer ${problem}.`,
    cause === undefined ? {} : { cause },
  )

export const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** The error that stands in place of an answer or of a part of it; null for none. */
export function errorOf(json: JsonObject): StreamError | null {
  const { error } = json
  if (!isJsonObject(error)) return null
  const { code } = error
  const name = textOf(error['status']) || (typeof code === 'number' ? String(code) : 'error')
  return { name, message: textOf(error['message']) }
}

export const candidatesOf = (json: JsonObject): readonly JsonObject[] =>
  isJsonArray(json['candidates']) ? json['candidates'].filter(isJsonObject) : []

/** The first candidate: of what is translated one is asked for. */
export const firstCandidate = (json: JsonObject): JsonObject | null => candidatesOf(json)[0] ?? null

/** Why the prompt was blocked; null where it was not. */
export function blockOf(json: JsonObject): Finish | null {
  const feedback = json['promptFeedback']
  const reason = isJsonObject(feedback) ? textOf(feedback['blockReason']) : ''
  return reason === '' ? null : readBlock(reason)
}

/** Each part of the vendor's with what it means; a part is damaged where a request's would be refused. */
export function readCandidateParts(candidate: JsonObject): readonly (readonly ContentPart[])[] {
  const { content } = candidate
  const parts = isJsonObject(content) ? (content['parts'] ?? []) : []
  if (!isJsonArray(parts)) throw broken('has content.parts that are no list')
  try {
    return parts.map((part, at) => readPart(part, `content.parts[${at}]`, ''))
  } catch (thrown) {
    const problem = thrown instanceof PointsmanError ? thrown.message : 'a part cannot be read'
    throw broken(`holds a damaged part: ${problem}`, thrown)
  }
}

/** The part that a citation is of: the named one where that is a text, else the last text. */
function placeOf({ partIndex }: PlacedCitation, read: readonly (readonly ContentPart[])[]): number {
  const isText = (parts: readonly ContentPart[] | undefined): boolean =>
    parts?.some((part) => part.kind === 'text') ?? false
  if (partIndex !== null && isText(read[partIndex])) return partIndex
  return read.findLastIndex(isText)
}

function withCitations(
  parts: readonly ContentPart[],
  citations: readonly Citation[],
): readonly ContentPart[] {
  if (citations.length === 0) return parts
  return parts.map((part) => (part.kind === 'text' ? { ...part, citations } : part))
}

function readParts(candidate: JsonObject): readonly ContentPart[] {
  const read = readCandidateParts(candidate)
  const citations = readCitations(candidate)
  return read.flatMap((parts, at) => {
    const own = citations.filter((one) => placeOf(one, read) === at)
    return withCitations(
      parts,
      own.map(({ citation }) => citation),
    )
  })
}

function failureOf(json: JsonObject): PointsmanError {
  const error = errorOf(json)
  if (error === null) return broken('has no candidates')
  const message = `The vendor answered with an error: ${error.message}`
  return new PointsmanError('upstream_error', message, { vendorName: error.name })
}

const isCall = (part: ContentPart): boolean => part.kind === 'tool-call'

/**
 * A whole answer of `generateContent`. Members that we do not know are left alone. Throws `upstream_broken` where it is
 * no such answer, and `upstream_error` where an error came with status 200.
 */
export function readResult(body: Uint8Array): ChatResult {
  const json = readVendorJson(body, "The vendor's answer")
  const told = readUsage(json['usageMetadata'])
  const serviceTier = readTier(json['usageMetadata'])
  return readOrTell(
    () => readAnswer(json, told ?? unknownUsage, serviceTier),
    () => ({ usage: told, serviceTier }),
  )
}

function readAnswer(json: JsonObject, told: ToldUsage, serviceTier: ServedTier | null): ChatResult {
  const grounding = new Grounding()
  grounding.take(candidatesOf(json))
  const usage = withUnpriced(told, grounding.unpriced)
  const candidate = firstCandidate(json)
  if (candidate === null) {
    const finish = blockOf(json)
    if (finish === null) throw failureOf(json)
    return { parts: [], finish, usage, logprobs: null, serviceTier, upstreamLatencyMs: null }
  }
  const parts = readParts(candidate).filter((part) => part.kind !== 'text' || part.text !== '')
  return {
    parts,
    finish: readFinish(textOf(candidate['finishReason']), parts.some(isCall)),
    usage,
    logprobs: readLogprobs(candidate['logprobsResult']),
    serviceTier,
    upstreamLatencyMs: null,
  }
}
