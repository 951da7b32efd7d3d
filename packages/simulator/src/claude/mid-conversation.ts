import type { JsonObject, JsonValue } from '../json.ts'
import { isJsonObject } from '../json.ts'
import { onlyKnown, optionalOneOf, optionalRecord, record, text, unknownTag } from './fields.ts'
import { problemAt } from './problem.ts'
import { readTool } from './tools.ts'
import type { OfferedTools } from './tools.ts'

/*
 * What messages of the system inside a conversation may say beside their text, each under its beta (platform.claude.com,
 * "Mid-conversation system messages and tool changes" and "Per-message effort", 2026-11; @anthropic-ai/sdk 1.14,
 * `BetaSystemMessageParam`; LeenHawk/gproxy issue 209 for where a message without content may stand).
 */

export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const

const OUTPUT_CONFIG_BETA = 'mid-conversation-output-config-'
const CLEAR_AT_BETA = 'mid-conversation-system-clear-at-'
const TOOL_CHANGE_BETAS = ['mid-conversation-tool-changes-', 'inline-tools-']

export const hasBeta = (betas: readonly string[], ...beginnings: readonly string[]): boolean =>
  betas.some((beta) => beginnings.some((beginning) => beta.startsWith(beginning)))

const notPermitted = (where: string): Error => problemAt(where, 'Extra inputs are not permitted')

/** Reads the members of such a message; true where it sets an effort, so that it needs no content. */
export function readSystemSettings(message: JsonObject, where: string, betas: readonly string[]): boolean {
  const config = optionalRecord(message['output_config'], `${where}.output_config`)
  if (config !== null && !hasBeta(betas, OUTPUT_CONFIG_BETA)) throw notPermitted(`${where}.output_config`)
  if (config !== null) onlyKnown(config, `${where}.output_config`, ['effort'])
  const effort = optionalOneOf(config?.['effort'], `${where}.output_config.effort`, EFFORTS)
  const isCleared = optionalOneOf(message['clear_at'], `${where}.clear_at`, ['next_user_message', 'never'])
  if (isCleared !== null && !hasBeta(betas, CLEAR_AT_BETA)) throw notPermitted(`${where}.clear_at`)
  return effort !== null
}

/** A text that holds until the user's next message. */
export const isOfOneTurn = (message: JsonValue | undefined): boolean =>
  isJsonObject(message) && message['clear_at'] === 'next_user_message'

/** A text that is gone once the user has spoken again. */
export function isCleared(messages: readonly JsonValue[], index: number): boolean {
  if (!isOfOneTurn(messages[index])) return false
  return messages.slice(index + 1).some((later) => isJsonObject(later) && later['role'] === 'user')
}

export const isToolChange = (block: JsonValue): block is JsonObject =>
  isJsonObject(block) && (block['type'] === 'tool_addition' || block['type'] === 'tool_removal')

interface ToolChange {
  readonly isAddition: boolean
  readonly tool: JsonObject
  readonly where: string
}

function changesOf(messages: readonly JsonValue[], betas: readonly string[]): readonly ToolChange[] {
  return messages.flatMap((message, index) => {
    const content = isJsonObject(message) && message['role'] === 'system' ? message['content'] : undefined
    if (!Array.isArray(content)) return []
    return (content as readonly JsonValue[]).flatMap((block, at) => {
      if (!isToolChange(block)) return []
      const isAddition = block['type'] === 'tool_addition'
      const type = isAddition ? 'tool_addition' : 'tool_removal'
      const where = `messages.${index}.content.${at}`
      if (!hasBeta(betas, ...TOOL_CHANGE_BETAS)) throw unknownTag(type, where, ['text'])
      onlyKnown(block, `${where}.${type}`, ['type', 'tool', 'cache_control'])
      const tool = record(block['tool'], `${where}.${type}.tool`)
      return [{ isAddition, tool, where: `${where}.${type}.tool` }]
    })
  })
}

/** The tools that the model may call now. */
export function changedTools(
  tools: OfferedTools,
  messages: readonly JsonValue[],
  betas: readonly string[],
): OfferedTools {
  const known = new Map(tools.flatMap((tool) => (tool.kind === 'tool' ? [[tool.name, tool] as const] : [])))
  let offered = tools
  for (const { isAddition, tool, where } of changesOf(messages, betas)) {
    if (isAddition && tool['type'] === 'tool_definition') {
      if (!hasBeta(betas, 'inline-tools-')) throw unknownTag('tool_definition', where, ['tool_reference'])
      const defined = readTool(tool['definition'], `${where}.definition`, betas)
      for (const one of defined) if (one.kind === 'tool') known.set(one.name, one)
      offered = [...offered, ...defined]
      continue
    }
    if (tool['type'] !== 'tool_reference') throw unknownTag(tool['type'], where, ['tool_reference'])
    const name = text(tool['name'], `${where}.tool_reference.name`)
    const found = known.get(name)
    if (found === undefined) throw problemAt(where, `Tool '${name.slice(0, 128)}' is not defined`)
    const others = offered.filter((one) => one.kind !== 'tool' || one.name !== name)
    offered = isAddition ? [...others, found] : others
  }
  return offered
}
