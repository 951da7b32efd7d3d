import type { PromptTool, ToolChoice } from '../answer/prompt.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { invalid } from './failure.ts'
import {
  list,
  object,
  oneOf,
  optionalFlag,
  optionalList,
  optionalObject,
  optionalText,
  shown,
  text,
  toolName,
} from './fields.ts'
import type { InputItem } from './kept-input.ts'
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

const notFound = (name: string) =>
  invalid(`Tool choice '${name}' not found in 'tools' parameter.`, 'tool_choice')

/** The model is to call none but these. */
function readAllowed(choice: JsonObject, tools: readonly PromptTool[], nested: boolean): OfferedTools {
  const where = nested ? 'tool_choice.allowed_tools' : 'tool_choice'
  const allowed = nested ? object(choice['allowed_tools'], where) : choice
  const mode = oneOf(allowed['mode'], `${where}.mode`, ['auto', 'required'])
  const names = list(allowed['tools'], `${where}.tools`).map((value, index) => {
    const place = `${where}.tools[${index}]`
    const tool = object(value, place)
    return text((nested ? object(tool['function'], `${place}.function`) : tool)['name'], `${place}.name`)
  })
  const isNamed = ({ name }: PromptTool, wanted: string): boolean => calledAs(name).name === wanted
  const stranger = names.find((name) => !tools.some((tool) => isNamed(tool, name)))
  if (stranger !== undefined) throw notFound(stranger)
  return {
    tools: tools.filter((tool) => names.some((name) => isNamed(tool, name))),
    toolChoice: { kind: mode === 'auto' ? 'auto' : 'any' },
  }
}

function readChoice(
  value: JsonValue | undefined,
  tools: readonly PromptTool[],
  nested: boolean,
): OfferedTools {
  if (value === undefined || value === null) return { tools, toolChoice: { kind: 'auto' } }
  if (tools.length === 0 && nested) {
    throw invalid("'tool_choice' is only allowed when 'tools' are specified.", 'tool_choice')
  }
  if (typeof value === 'string') {
    const word = oneOf(value, 'tool_choice', ['none', 'auto', 'required'])
    // Responses refuse what cannot be done alone (its words: recorded 2026-08; vllm-project/vllm judges as it does).
    if (tools.length === 0 && word === 'required') {
      throw invalid("Tool choice 'required' must be specified with 'tools' parameter.", 'tool_choice')
    }
    return { tools, toolChoice: { kind: word === 'required' ? 'any' : word } }
  }
  const choice = object(value, 'tool_choice')
  const type = oneOf(choice['type'], 'tool_choice.type', ['function', 'allowed_tools'])
  if (type === 'allowed_tools') return readAllowed(choice, tools, nested)
  const named = nested ? object(choice['function'], 'tool_choice.function') : choice
  const name = text(named['name'], nested ? 'tool_choice.function.name' : 'tool_choice.name')
  if (!tools.some((tool) => tool.name === name)) throw notFound(name)
  return { tools, toolChoice: { kind: 'tool', name } }
}

function checkCount(list: readonly JsonValue[], where: string): void {
  if (list.length <= MOST_TOOLS) return
  throw invalid(
    `Invalid '${where}': array too long. Expected an array with maximum length ${MOST_TOOLS}, but got an array with length ${list.length} instead.`,
    where,
    'array_above_max_length',
  )
}

/** Of chat completions. */
export function readTools(body: JsonObject, list: readonly JsonValue[]): OfferedTools {
  checkCount(list, 'tools')
  const tools = list.map((tool, index) => readTool(tool, `tools[${index}]`, true))
  return readChoice(body['tool_choice'], tools, true)
}

/** Stands in no name of a tool or a namespace. */
const BETWEEN = '.'

/** A tool in a namespace is known by both names here. */
export const knownAs = (namespace: string | null, name: string): string =>
  namespace === null ? name : `${namespace}${BETWEEN}${name}`

/** As the vendor tells a call: the two names apart (openai SDK 6.49, `ResponseFunctionToolCall`). */
export function calledAs(known: string): { readonly name: string; readonly namespace?: string } {
  const at = known.indexOf(BETWEEN)
  return at < 0 ? { name: known } : { name: known.slice(at + 1), namespace: known.slice(0, at) }
}

/** A tool of responses, or those of a namespace (openai SDK 6.49, `NamespaceTool`). */
function readGrouped(value: JsonValue, where: string): readonly PromptTool[] {
  const group = object(value, where)
  if (group['type'] !== 'namespace') return [readTool(value, where, false)]
  const namespace = toolName(group['name'], `${where}.name`)
  text(group['description'], `${where}.description`)
  return list(group['tools'], `${where}.tools`).map((member, index) => {
    const tool = readTool(member, `${where}.tools[${index}]`, false)
    return { ...tool, name: knownAs(namespace, tool.name) }
  })
}

/** Of responses: those of the request, and those that items add (openai SDK 6.49, `AdditionalTools`). */
export function readResponseTools(body: JsonObject, items: readonly InputItem[]): OfferedTools {
  const lists = [
    { given: optionalList(body['tools'], 'tools'), where: 'tools' },
    ...items
      .filter(({ item }) => item['type'] === 'additional_tools')
      .map(({ item, where }) => ({ given: list(item['tools'], `${where}.tools`), where: `${where}.tools` })),
  ]
  const tools = lists.flatMap(({ given, where }) => {
    checkCount(given, where)
    return given.flatMap((tool, index) => readGrouped(tool, `${where}[${index}]`))
  })
  return readChoice(body['tool_choice'], tools, false)
}
