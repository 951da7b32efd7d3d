import type { JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from '../json-fields.ts'
import type { WarningList } from '../warning-list.ts'

/** Models refuse more (AWS Bedrock user guide: prompt caching, maximum number of cache checkpoints, 2026-11). */
const mostPoints = 4

const isPoint = (block: JsonValue): boolean => isJsonObject(block) && block['cachePoint'] !== undefined

function pointsOf(blocks: readonly JsonValue[]): number {
  let count = 0
  for (const block of blocks) if (isPoint(block)) count += 1
  return count
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (isJsonArray(value) ? value : [])

const contentOf = (message: JsonValue): readonly JsonValue[] =>
  isJsonObject(message) ? listOf(message['content']) : []

/** Of too many cache points the last stay, in the vendor's order, because each caches all that stands before it. */
export function limitCachePoints(body: JsonObject, warnings: WarningList): JsonObject {
  const { toolConfig, system, messages } = body
  const tools = isJsonObject(toolConfig) ? listOf(toolConfig['tools']) : []
  let spare = pointsOf(tools) + pointsOf(listOf(system)) - mostPoints
  for (const message of listOf(messages)) spare += pointsOf(contentOf(message))
  if (spare <= 0) return body
  warnings.add('cache', `this API takes ${mostPoints} cache marks; the first ones were left out`)
  const kept = (blocks: readonly JsonValue[]): readonly JsonValue[] =>
    blocks.filter((block) => {
      if (spare <= 0 || !isPoint(block)) return true
      spare -= 1
      return false
    })
  return {
    ...body,
    ...(isJsonObject(toolConfig) ? { toolConfig: { ...toolConfig, tools: kept(tools) } } : {}),
    ...(system === undefined ? {} : { system: kept(listOf(system)) }),
    messages: listOf(messages).map((message) =>
      isJsonObject(message) ? { ...message, content: kept(contentOf(message)) } : message,
    ),
  }
}
