import type { CachePoint, PromptTool, ToolChoice } from '../answer/prompt.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { cachePointOf, readToolName } from './content.ts'
import { onlyKnown, optionalFlag, optionalList, optionalRecord, optionalText, record } from './fields.ts'
import { text, unknownTag } from './fields.ts'
import { readOwnTool } from './own-tools.ts'
import { ClaudeProblem, problemAt } from './problem.ts'
import { checkStrictSchema } from './strict-schema.ts'

const TOOL_MEMBERS = [
  'type',
  'name',
  'description',
  'input_schema',
  'cache_control',
  'strict',
  'input_examples',
  'eager_input_streaming',
  'defer_loading',
  'allowed_callers',
]

export type OfferedTools = readonly (PromptTool | CachePoint)[]

/** Reads `tools`. Tools that the vendor runs (web search, code execution …) are refused, as not simulated, but for the search for tools. */
export function readTools(value: JsonValue | undefined, betas: readonly string[]): OfferedTools {
  const tools = optionalList(value, 'tools').map((tool, index) => readTool(tool, `tools.${index}`, betas))
  const names = tools.flatMap(([tool]) => (tool?.kind === 'tool' ? [tool.name] : []))
  if (new Set(names).size < names.length) throw problemAt('tools', 'Tool names must be unique.')
  return tools.flat()
}

export function readTool(
  value: JsonValue | undefined,
  place: string,
  betas: readonly string[],
): OfferedTools {
  const tool = record(value, place)
  const type = tool['type'] ?? 'custom'
  const own = readOwnTool(tool, place, betas)
  if (own !== null) return [own, ...cachePointOf(tool, place)]
  if (type !== 'custom') throw unknownTag(type, place, ['custom'])
  const where = `${place}.custom`
  onlyKnown(tool, where, TOOL_MEMBERS)
  const name = readToolName(tool['name'], `${where}.name`)
  const schema = record(tool['input_schema'], `${where}.input_schema`)
  if (schema['type'] === undefined) throw problemAt(`${where}.input_schema.type`, 'Field required')
  if (schema['type'] !== 'object') throw problemAt(`${where}.input_schema.type`, "Input should be 'object'")
  if (optionalFlag(tool['strict'], `${where}.strict`)) checkStrictSchema(schema, where)
  const description = optionalText(tool['description'], `${where}.description`) ?? ''
  const isDeferred = optionalFlag(tool['defer_loading'], `${where}.defer_loading`)
  const read = { kind: 'tool', name, description, schema, ...(isDeferred ? { isDeferred } : {}) } as const
  return [read, ...cachePointOf(tool, place)]
}

/** What `tool_choice` says, and whether several calls may come at once. */
export interface ReadChoice {
  readonly choice: ToolChoice
  readonly mayCallInParallel: boolean
}

/** Reads `tool_choice`. */
export function readToolChoice(value: JsonValue | undefined, tools: OfferedTools): ReadChoice {
  const given = optionalRecord(value, 'tool_choice')
  if (given === null) return { choice: { kind: 'auto' }, mayCallInParallel: true }
  const choice = choiceOf(given, tools)
  if (!tools.some((tool) => tool.kind === 'tool')) {
    throw problemAt('tool_choice', 'tool_choice may only be specified while providing tools')
  }
  const where = `tool_choice.${choice.kind}`
  const parallel = choice.kind === 'none' ? [] : ['disable_parallel_tool_use']
  onlyKnown(given, where, ['type', ...(choice.kind === 'tool' ? ['name'] : []), ...parallel])
  const single = optionalFlag(given['disable_parallel_tool_use'], `${where}.disable_parallel_tool_use`)
  return { choice, mayCallInParallel: !single }
}

function choiceOf(given: JsonObject, tools: OfferedTools): ToolChoice {
  switch (given['type']) {
    case 'auto':
    case 'any':
    case 'none':
      return { kind: given['type'] }
    case 'tool': {
      const name = text(given['name'], 'tool_choice.tool.name')
      if (tools.some((tool) => tool.kind === 'tool' && tool.name === name)) return { kind: 'tool', name }
      throw new ClaudeProblem(`Tool '${name.slice(0, 128)}' not found in provided tools`)
    }
    default:
      throw unknownTag(given['type'], 'tool_choice', ['any', 'auto', 'none', 'tool'])
  }
}
