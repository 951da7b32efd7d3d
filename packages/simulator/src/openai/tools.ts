import type { PromptTool, ToolChoice } from '../answer/prompt.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { invalid } from './failure.ts'
import { object, oneOf, optionalFlag, optionalObject, optionalText, text, toolName, shown } from './fields.ts'
import { checkStrictSchema } from './strict-schema.ts'

const MOST_TOOLS = 128

export interface OfferedTools {
  readonly tools: readonly PromptTool[]
  readonly toolChoice: ToolChoice
}

/** `nested`: the definition stands in a member `function`, as in chat completions; responses have it flat. */
function readTool(value: JsonValue, where: string, nested: boolean): PromptTool {
  const tool = object(value, where)
  const type = text(tool['type'], `${where}.type`)
  if (type !== 'function') {
    throw invalid(
      `Invalid value: '${type.slice(0, 60)}'. The simulated models have function tools only.`,
      `${where}.type`,
      'invalid_value',
    )
  }
  const place = nested ? `${where}.function` : where
  const definition = nested ? object(tool['function'], place) : tool
  const name = toolName(definition['name'], `${place}.name`)
  const parameters = optionalObject(definition['parameters'], `${place}.parameters`)
  const schema = parameters ?? { type: 'object', properties: {} }
  // A schema without `type` is refused, an empty one is not.
  if (Object.keys(schema).length > 0 && schema['type'] !== 'object') {
    throw invalid(
      `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"', got 'type: "${shown(schema['type'])}"'.`,
      `${place}.parameters`,
      'invalid_function_parameters',
    )
  }
  if (schema['type'] === 'object' && !('properties' in schema)) {
    throw invalid(
      `Invalid schema for function '${name}': In context=(), object schema missing properties.`,
      `${place}.parameters`,
      'invalid_function_parameters',
    )
  }
  if (optionalFlag(definition['strict'], `${place}.strict`) === true) {
    checkStrictSchema(schema, { name, param: `${place}.parameters` })
  }
  return {
    kind: 'tool',
    name,
    description: optionalText(definition['description'], `${place}.description`) ?? '',
    schema,
  }
}

function readChoice(value: JsonValue | undefined, tools: readonly PromptTool[], nested: boolean): ToolChoice {
  if (value === undefined || value === null) return { kind: 'auto' }
  if (tools.length === 0) {
    throw invalid("'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice')
  }
  if (typeof value === 'string') {
    const word = oneOf(value, 'tool_choice', ['none', 'auto', 'required'])
    return { kind: word === 'required' ? 'any' : word }
  }
  const choice = object(value, 'tool_choice')
  const type = oneOf(choice['type'], 'tool_choice.type', ['function', 'allowed_tools'])
  if (type === 'allowed_tools') return { kind: 'auto' }
  const named = nested ? object(choice['function'], 'tool_choice.function') : choice
  const name = text(named['name'], nested ? 'tool_choice.function.name' : 'tool_choice.name')
  if (!tools.some((tool) => tool.name === name)) {
    throw invalid(`Tool choice '${name}' not found in 'tools' parameter.`, 'tool_choice')
  }
  return { kind: 'tool', name }
}

export function readTools(body: JsonObject, list: readonly JsonValue[], nested: boolean): OfferedTools {
  if (list.length > MOST_TOOLS) {
    throw invalid(
      `Invalid 'tools': array too long. Expected an array with maximum length ${MOST_TOOLS}, but got an array with length ${list.length} instead.`,
      'tools',
      'array_above_max_length',
    )
  }
  const tools = list.map((tool, index) => readTool(tool, `tools[${index}]`, nested))
  return { tools, toolChoice: readChoice(body['tool_choice'], tools, nested) }
}
