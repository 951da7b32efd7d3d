import { PointsmanError } from '@pointsman/contract'
import type { JsonObject, JsonValue, ToolChoice, ToolDefinition } from '@pointsman/contract'

import {
  asArray,
  asObject,
  invalidField,
  needString,
  readArray,
  readBoolean,
  readObject,
  readString,
  wrongKind,
} from '../json-fields.ts'
import { unsupported } from '../warning-list.ts'

export interface ReadTools {
  readonly tools: readonly ToolDefinition[]
  readonly toolChoice: ToolChoice | null
}

function needFunctionType(from: JsonObject, path: string): void {
  const type = needString(from, 'type', path)
  if (type === 'custom') {
    throw unsupported(
      `${path}.type`,
      'custom tools work with OpenAI models only; declare a function instead.',
    )
  }
  if (type !== 'function') throw invalidField(`${path}.type`, 'must be "function".')
}

function readTool(value: JsonValue, path: string): ToolDefinition {
  const tool = asObject(value, path)
  needFunctionType(tool, path)
  const definition = asObject(tool['function'], `${path}.function`)
  const place = `${path}.function`
  const name = needString(definition, 'name', place)
  if (name === '') throw invalidField(`${place}.name`, 'must not be empty.')
  return {
    name,
    description: readString(definition, 'description', place),
    // OpenAI: leaving out `parameters` defines a function with an empty parameter list.
    schema: readObject(definition, 'parameters', place) ?? { type: 'object', properties: {} },
    strict: readBoolean(definition, 'strict', place),
    cacheMark: null,
  }
}

const namedFunction = (from: JsonObject, path: string): string => {
  needFunctionType(from, path)
  return needString(asObject(from['function'], `${path}.function`), 'name', `${path}.function`)
}

const notOfTools = 'must be the name of one of `tools`.'

function readAllowed(choice: JsonObject, tools: readonly ToolDefinition[]): ReadTools {
  const path = 'tool_choice.allowed_tools'
  const allowed = asObject(choice['allowed_tools'], path)
  const mode = needString(allowed, 'mode', path)
  if (mode !== 'auto' && mode !== 'required') {
    throw invalidField(`${path}.mode`, 'must be "auto" or "required".')
  }
  const names = asArray(allowed['tools'], `${path}.tools`).map((tool, index) => {
    const place = `${path}.tools[${index}]`
    const name = namedFunction(asObject(tool, place), place)
    if (!tools.some((declared) => declared.name === name))
      throw invalidField(`${place}.function.name`, notOfTools)
    return name
  })
  if (mode === 'required' && names.length === 0)
    throw invalidField(`${path}.tools`, 'must name a tool: the mode requires a call.')
  return { tools, toolChoice: { kind: mode === 'auto' ? 'auto' : 'any', among: names } }
}

function readChoice(value: JsonValue | undefined, tools: readonly ToolDefinition[]): ReadTools {
  if (value === undefined || value === null) return { tools, toolChoice: null }
  if (value === 'none' || value === 'auto') return { tools, toolChoice: { kind: value } }
  if (value === 'required') return { tools, toolChoice: { kind: 'any' } }
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw wrongKind('tool_choice', '"none", "auto", "required" or an object that names a function', value)
  }
  const choice = asObject(value, 'tool_choice')
  if (choice['type'] === 'allowed_tools') return readAllowed(choice, tools)
  const name = namedFunction(choice, 'tool_choice')
  if (!tools.some((tool) => tool.name === name)) {
    throw invalidField('tool_choice.function.name', notOfTools)
  }
  return { tools, toolChoice: { kind: 'tool', name } }
}

function refuseOldForm(body: JsonObject): void {
  for (const name of ['functions', 'function_call']) {
    if (body[name] === undefined || body[name] === null) continue
    throw new PointsmanError(
      'unsupported_parameter',
      `\`${name}\` is the form that OpenAI replaced in 2023: declare \`tools\` and choose with \`tool_choice\`.`,
      { field: name },
    )
  }
}

/** Throws `invalid_request` with the field, `unsupported_parameter` for custom tools and the old form. */
export function readTools(body: JsonObject): ReadTools {
  refuseOldForm(body)
  const tools = (readArray(body, 'tools', '') ?? []).map((tool, index) => readTool(tool, `tools[${index}]`))
  return readChoice(body['tool_choice'], tools)
}
