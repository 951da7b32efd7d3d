import type { JsonObject, JsonValue, ToolChoice, ToolDefinition } from '@pointsman/contract'

import {
  asArray,
  asObject,
  invalidField,
  needString,
  readBoolean,
  readObject,
  readString,
} from '../json-fields.ts'
import { onlyMember, readCachePoint } from './read-messages.ts'

export interface ReadTools {
  readonly tools: readonly ToolDefinition[]
  readonly toolChoice: ToolChoice | null
  /** The whole `toolConfig` where it holds tools that only Bedrock has; null otherwise. */
  readonly whole: JsonObject | null
}

function readTool(value: JsonValue, path: string): ToolDefinition {
  const spec = asObject(value, path)
  const name = needString(spec, 'name', path)
  const place = `${path}.inputSchema`
  return {
    name,
    description: readString(spec, 'description', path),
    schema: asObject(asObject(spec['inputSchema'], place)['json'], `${place}.json`),
    strict: readBoolean(spec, 'strict', path),
    cacheMark: null,
  }
}

function readChoice(value: JsonValue | undefined, path: string): ToolChoice | null {
  if (value === undefined || value === null) return null
  const choice = onlyMember(value, path)
  const place = `${path}.${choice.name}`
  switch (choice.name) {
    case 'auto':
    case 'any':
      asObject(choice.value, place)
      return { kind: choice.name }
    case 'tool':
      return { kind: 'tool', name: needString(asObject(choice.value, place), 'name', place) }
    default:
      throw invalidField(path, 'must hold "auto", "any" or "tool".')
  }
}

/** Throws `invalid_request` with the field. */
export function readTools(body: JsonObject): ReadTools {
  const config = readObject(body, 'toolConfig', '')
  if (config === null) return { tools: [], toolChoice: null, whole: null }
  const toolChoice = readChoice(config['toolChoice'], 'toolConfig.toolChoice')
  const tools: ToolDefinition[] = []
  for (const [index, value] of asArray(config['tools'], 'toolConfig.tools').entries()) {
    const path = `toolConfig.tools[${index}]`
    const member = onlyMember(value, path)
    const place = `${path}.${member.name}`
    const last = tools.at(-1)
    if (member.name === 'toolSpec') tools.push(readTool(member.value, place))
    else if (member.name === 'cachePoint' && last !== undefined && last.cacheMark === null) {
      tools[tools.length - 1] = { ...last, cacheMark: readCachePoint(member.value, place) }
    } else return { tools: [], toolChoice: null, whole: config }
  }
  return { tools, toolChoice, whole: null }
}
