import type { JsonObject, JsonValue, ToolChoice, ToolDefinition } from '@pointsman/contract'

import {
  asArray,
  asObject,
  fieldPath,
  invalidField,
  isJsonObject,
  needString,
  readArray,
  readBoolean,
  readObject,
  readString,
  wrongKind,
} from '../json-fields.ts'
import { unsupported } from '../warning-list.ts'
import { declaredTools, holdersOfTools } from './quirk-namespaces.ts'
import type { ToolNames } from './quirk-namespaces.ts'

export interface ReadTools {
  readonly tools: readonly ToolDefinition[]
  readonly toolChoice: ToolChoice | null
  /** OpenAI's own tools (`web_search`, `file_search`, `mcp`, …), which it runs itself. */
  readonly foreign: readonly JsonObject[]
}

function readFunction(tool: JsonObject, path: string): ToolDefinition {
  const name = needString(tool, 'name', path)
  if (name === '') throw invalidField(`${path}.name`, 'must not be empty.')
  return {
    name,
    description: readString(tool, 'description', path),
    schema: readObject(tool, 'parameters', path) ?? { type: 'object', properties: {} },
    strict: readBoolean(tool, 'strict', path),
    cacheMark: null,
  }
}

const notOfTools = 'must be the name of one of `tools`.'

function readAllowed(choice: JsonObject, tools: readonly ToolDefinition[]): Omit<ReadTools, 'foreign'> {
  const mode = needString(choice, 'mode', 'tool_choice')
  if (mode !== 'auto' && mode !== 'required') {
    throw invalidField('tool_choice.mode', 'must be "auto" or "required".')
  }
  const nameOf = (tool: ToolDefinition): string => tool.group?.toolName ?? tool.name
  const names = asArray(choice['tools'], 'tool_choice.tools').map((value, index) => {
    const path = `tool_choice.tools[${index}]`
    const tool = asObject(value, path)
    if (tool['type'] !== 'function') throw ownTool(`${path}.type`)
    const name = needString(tool, 'name', path)
    if (!tools.some((declared) => nameOf(declared) === name)) throw invalidField(`${path}.name`, notOfTools)
    return name
  })
  if (mode === 'required' && names.length === 0)
    throw invalidField('tool_choice.tools', 'must name a tool: the mode requires a call.')
  const allowed = tools.filter((tool) => names.includes(nameOf(tool)))
  const among = allowed.map(({ name }) => name)
  return { tools, toolChoice: { kind: mode === 'auto' ? 'auto' : 'any', among } }
}

const ownTool = (field: string) =>
  unsupported(field, 'names a tool that only OpenAI has; choose a function, or a model of OpenAI.')

function readChoice(
  value: JsonValue | undefined,
  tools: readonly ToolDefinition[],
): Omit<ReadTools, 'foreign'> {
  if (value === undefined || value === null) return { tools, toolChoice: null }
  if (value === 'none' || value === 'auto') return { tools, toolChoice: { kind: value } }
  if (value === 'required') return { tools, toolChoice: { kind: 'any' } }
  if (!isJsonObject(value)) {
    throw wrongKind('tool_choice', '"none", "auto", "required" or an object that names a function', value)
  }
  const type = needString(value, 'type', 'tool_choice')
  if (type === 'allowed_tools') return readAllowed(value, tools)
  if (type !== 'function') throw ownTool('tool_choice.type')
  const name = needString(value, 'name', 'tool_choice')
  const grouped = tools.filter(({ group }) => group?.toolName === name)
  const chosen = tools.find((tool) => tool.group === undefined && tool.name === name) ?? grouped[0]
  if (chosen === undefined) throw invalidField('tool_choice.name', notOfTools)
  if (chosen.group !== undefined && grouped.length > 1)
    throw invalidField('tool_choice.name', 'is the name of tools in several namespaces.')
  return { tools, toolChoice: { kind: 'tool', name: chosen.name } }
}

function readGrouped(tool: JsonObject, group: JsonObject, path: string, names: ToolNames): ToolDefinition {
  const read = readFunction(tool, path)
  const namespace = needString(group, 'name', path)
  return {
    ...read,
    name: names.joined({ namespace, name: read.name }),
    group: { name: namespace, description: readString(group, 'description', path), toolName: read.name },
  }
}

/**
 * `names`: of the same body. Throws `invalid_request` with the field, `unsupported_parameter` where the choice names a tool
 * of OpenAI's own.
 */
export function readTools(body: JsonObject, names: ToolNames): ReadTools {
  for (const { holder, path } of holdersOfTools(body)) {
    for (const [index, tool] of (readArray(holder, 'tools', path) ?? []).entries())
      asObject(tool, `${fieldPath(path, 'tools')}[${index}]`)
  }
  const tools = new Map<string, ToolDefinition>()
  const foreign: JsonObject[] = []
  for (const { tool, path, group } of declaredTools(body)) {
    if (needString(tool, 'type', path) === 'function') {
      const read = group === null ? readFunction(tool, path) : readGrouped(tool, group, path, names)
      // An item may declare anew what was declared before.
      tools.set(read.name, read)
    } else foreign.push(tool)
  }
  return { ...readChoice(body['tool_choice'], [...tools.values()]), foreign }
}
