import type { JsonObject, JsonValue } from '@pointsman/contract'

import {
  asObject,
  invalidField,
  isGiven,
  isJsonArray,
  isJsonObject,
  needString,
  readArray,
  readObject,
  readString,
} from '../json-fields.ts'

/*
 * What messages of the system inside a conversation may change beside telling a text: the effort, and the tools
 * (platform.claude.com, "Per-message effort" and "Mid-conversation system messages and tool changes", 2026-11;
 * @anthropic-ai/sdk 1.14, `BetaSystemMessageParam`). Elsewhere both stand in front, as they are for the next answer.
 */

/** A turn that holds nothing but results of tools is no new input. */
function holdsInput({ role, content }: JsonObject): boolean {
  if (role !== 'user') return false
  return (
    !isJsonArray(content) || content.some((block) => !isJsonObject(block) || block['type'] !== 'tool_result')
  )
}

/**
 * The effort of the next answer. A new one holds from the user's input that it stands behind, or else from the next one,
 * until another is said. Throws `invalid_request` with the field.
 */
export function effortSaid(messages: readonly JsonValue[], atFront: string | null): string | null {
  let present = atFront
  let coming: string | null = null
  let followsInput = false
  for (const [index, value] of messages.entries()) {
    const path = `messages[${index}]`
    const message = asObject(value, path)
    if (message['role'] === 'system') {
      const config = readObject(message, 'output_config', path) ?? {}
      const said = readString(config, 'effort', `${path}.output_config`)
      if (said !== null && followsInput) present = said
      coming = followsInput ? null : (said ?? coming)
      continue
    }
    followsInput = holdsInput(message)
    if (!followsInput) continue
    present = coming ?? present
    coming = null
  }
  return present
}

/** A text that is shown until the user's next message is gone where one stands behind it. */
export const isCleared = (message: JsonObject, path: string, isFollowed: boolean): boolean =>
  readString(message, 'clear_at', path) === 'next_user_message' && isFollowed

/** Without a text it says something else. */
export const saysNoText = ({ content, output_config: config }: JsonObject): boolean =>
  !isGiven(content) && isJsonObject(config)

export const isToolChange = (block: JsonValue): block is JsonObject =>
  isJsonObject(block) && (block['type'] === 'tool_addition' || block['type'] === 'tool_removal')

/** For `ChatCall.frontChangedAt`: what stands in front elsewhere was another before. */
export function frontChangedAt(messages: readonly JsonValue[]): number {
  let changedAt = 0
  let said = 0
  let clears = false
  for (const message of messages) {
    if (!isJsonObject(message)) continue
    const { role, content } = message
    if (role === 'system') {
      clears ||= message['clear_at'] === 'next_user_message' && !saysNoText(message)
      if (isJsonArray(content) && content.some(isToolChange)) changedAt = said
      continue
    }
    if (role === 'user' && clears) {
      changedAt = said
      clears = false
    }
    said += 1
  }
  return changedAt
}

interface ToolChange {
  readonly path: string
  readonly isAddition: boolean
  readonly tool: JsonObject
}

function* changesOf(messages: readonly JsonValue[]): Generator<ToolChange> {
  for (const [index, message] of messages.entries()) {
    if (!isJsonObject(message) || message['role'] !== 'system' || !isJsonArray(message['content'])) continue
    for (const [at, block] of message['content'].entries()) {
      if (!isToolChange(block)) continue
      const path = `messages[${index}].content[${at}].tool`
      yield { path, isAddition: block['type'] === 'tool_addition', tool: asObject(block['tool'], path) }
    }
  }
}

/** Tools by their names, in order; what has none (a server's toolset) by its place. */
function byName(tools: readonly JsonValue[]): Map<string | number, JsonValue> {
  const nameOf = (tool: JsonValue, at: number): string | number =>
    isJsonObject(tool) && typeof tool['name'] === 'string' ? tool['name'] : at
  return new Map(tools.map((tool, at) => [nameOf(tool, at), tool]))
}

/** One that was put off is no longer once it was added. */
function loaded(tool: JsonValue): JsonValue {
  if (!isJsonObject(tool)) return tool
  const { defer_loading: _, ...rest } = tool
  return rest
}

const ofServers: ReadonlySet<string> = new Set(['mcp_tool_reference', 'mcp_toolset_reference'])

/**
 * The body with the tools that are offered now. Tools of servers that Anthropic calls itself are left as they stand: the
 * request names those servers, which nobody else takes. Throws `invalid_request` with the field.
 */
export function withOfferedTools(body: JsonObject): JsonObject {
  const messages = isJsonArray(body['messages']) ? body['messages'] : []
  const changes = [...changesOf(messages)]
  if (changes.length === 0) return body
  const offered = byName(readArray(body, 'tools', '') ?? [])
  const known = new Map(offered)
  for (const { path, isAddition, tool } of changes) {
    const type = needString(tool, 'type', path)
    if (type === 'tool_definition' && isAddition) {
      const definition = asObject(tool['definition'], `${path}.definition`)
      const name = needString(definition, 'name', `${path}.definition`)
      known.set(name, definition)
      offered.set(name, definition)
    } else if (type === 'tool_reference') {
      const name = needString(tool, 'name', path)
      const defined = known.get(name)
      if (defined === undefined)
        throw invalidField(`${path}.name`, 'must be the name of a tool that is declared.')
      if (isAddition) offered.set(name, loaded(defined))
      else offered.delete(name)
    } else if (!ofServers.has(type))
      throw invalidField(`${path}.type`, 'names no kind of tool that is known.')
  }
  return { ...body, tools: [...offered.values()] }
}
