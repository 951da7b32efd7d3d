import type { JsonObject, JsonValue, ToolChoice, ToolDefinition } from '@pointsman/contract'

import {
  asObject,
  invalidField,
  needString,
  readArray,
  readBoolean,
  readObject,
  readString,
} from '../json-fields.ts'
import { readCacheMark } from './read-messages.ts'

export interface ReadTools {
  readonly tools: readonly ToolDefinition[]
  readonly toolChoice: ToolChoice | null
  readonly parallelToolCalls: boolean | null
  /** Tools that Anthropic defines or runs, whole, and members of others that only Anthropic has; by their path. */
  readonly extras: readonly (readonly [string, JsonValue])[]
}

const neutralMembers: readonly string[] = [
  'type',
  'name',
  'description',
  'input_schema',
  'strict',
  'cache_control',
]

function readTool(tool: JsonObject, path: string): ToolDefinition {
  const [cacheMark = null] = readCacheMark(tool, path)
  return {
    name: needString(tool, 'name', path),
    description: readString(tool, 'description', path),
    schema: asObject(tool['input_schema'], `${path}.input_schema`),
    strict: readBoolean(tool, 'strict', path),
    cacheMark,
  }
}

function readChoice(choice: JsonObject | null): ToolChoice | null {
  if (choice === null) return null
  const type = needString(choice, 'type', 'tool_choice')
  switch (type) {
    case 'auto':
    case 'any':
    case 'none':
      return { kind: type }
    case 'tool':
      return { kind: 'tool', name: needString(choice, 'name', 'tool_choice') }
    default:
      throw invalidField('tool_choice.type', 'must be "auto", "any", "tool" or "none".')
  }
}

/** Throws `invalid_request` with the field. */
export function readTools(body: JsonObject): ReadTools {
  const tools: ToolDefinition[] = []
  const extras: [string, JsonValue][] = []
  for (const [index, value] of (readArray(body, 'tools', '') ?? []).entries()) {
    const path = `tools[${index}]`
    const tool = asObject(value, path)
    if ((readString(tool, 'type', path) ?? 'custom') !== 'custom') {
      extras.push([path, tool])
      continue
    }
    tools.push(readTool(tool, path))
    const others = Object.entries(tool).filter(
      ([name, member]) => !neutralMembers.includes(name) && member !== null,
    )
    extras.push(...others.map(([name, member]): [string, JsonValue] => [`${path}.${name}`, member]))
  }
  const choice = readObject(body, 'tool_choice', '')
  const single = choice === null ? null : readBoolean(choice, 'disable_parallel_tool_use', 'tool_choice')
  return {
    tools,
    toolChoice: readChoice(choice),
    parallelToolCalls: single === null ? null : !single,
    extras,
  }
}
