import type { JsonObject, JsonValue, ToolChoice, ToolDefinition } from '@pointsman/contract'

import {
  asObject,
  asString,
  fieldPath,
  invalidField,
  needString,
  readObject,
  readString,
} from '../json-fields.ts'
import { readSchema } from './quirk-schema.ts'
import { camelCase, listIn, listPath, spelled } from './quirk-spelling.ts'

export interface ReadTools {
  readonly tools: readonly ToolDefinition[]
  readonly toolChoice: ToolChoice | null
  /** Tools that Google runs itself (`tools.googleSearch`), and settings of theirs. */
  readonly extras: readonly (readonly [string, JsonValue])[]
}

const noParameters: JsonObject = { type: 'object', properties: {} }

/** In either form; both at once the vendor refuses. */
export function readEitherSchema(
  from: JsonObject,
  names: { readonly own: string; readonly standard: string },
  path: string,
): JsonObject | null {
  const own = readObject(from, spelled(from, names.own), path)
  const standard = readObject(from, spelled(from, names.standard), path)
  if (own !== null && standard !== null) {
    throw invalidField(fieldPath(path, names.standard), `must not be set beside ${names.own}.`)
  }
  return own === null ? standard : readSchema(own)
}

function readDeclaration(value: JsonValue, path: string): ToolDefinition {
  const declaration = asObject(value, path)
  const name = needString(declaration, 'name', path)
  if (name === '') throw invalidField(`${path}.name`, 'must not be empty.')
  const names = { own: 'parameters', standard: 'parametersJsonSchema' }
  return {
    name,
    description: readString(declaration, 'description', path),
    schema: readEitherSchema(declaration, names, path) ?? noParameters,
    strict: null,
    cacheMark: null,
  }
}

interface DeclaredTools {
  readonly tools: ToolDefinition[]
  readonly extras: [string, JsonValue][]
}

function readTool(tool: JsonObject, path: string, into: DeclaredTools): void {
  for (const [spelling, value] of Object.entries(tool)) {
    if (value === null) continue
    const name = camelCase(spelling)
    if (name !== 'functionDeclarations') {
      into.extras.push([`tools.${name}`, value])
      continue
    }
    const declarationAt = listPath(tool, name, path)
    into.tools.push(...listIn(tool, name).map((one, at) => readDeclaration(one, declarationAt(at))))
  }
}

function readMode(
  config: JsonObject,
  path: string,
  tools: readonly ToolDefinition[],
): Omit<ReadTools, 'extras'> {
  const mode = readString(config, 'mode', path)?.toUpperCase() ?? 'AUTO'
  const nameAt = listPath(config, 'allowedFunctionNames', path)
  const names = listIn(config, 'allowedFunctionNames').map((name, at) => asString(name, nameAt(at)))
  const unknown = names.findIndex((name) => !tools.some((tool) => tool.name === name))
  if (unknown >= 0) {
    throw invalidField(nameAt(unknown), 'must be the name of one of the declared functions.')
  }
  const among = names.length === 0 ? {} : { among: names }
  switch (mode) {
    case 'AUTO':
    case 'MODE_UNSPECIFIED':
      return { tools, toolChoice: { kind: 'auto', ...among } }
    case 'NONE':
      return { tools, toolChoice: { kind: 'none' } }
    case 'ANY': {
      const [only] = names
      const one = names.length === 1 && only !== undefined
      return one
        ? { tools, toolChoice: { kind: 'tool', name: only } }
        : { tools, toolChoice: { kind: 'any', ...among } }
    }
    case 'VALIDATED':
      // Calls or text, and calls that keep to their schema: what others name strict.
      return {
        tools: tools.map((tool) => ({ ...tool, strict: true })),
        toolChoice: { kind: 'auto', ...among },
      }
    default:
      throw invalidField(`${path}.mode`, 'must be "AUTO", "ANY", "NONE" or "VALIDATED".')
  }
}

/** Throws `invalid_request` with the field. `path` is the place of the request in the body. */
export function readTools(request: JsonObject, path: string): ReadTools {
  const into: DeclaredTools = { tools: [], extras: [] }
  const toolAt = listPath(request, 'tools', path)
  for (const [index, tool] of listIn(request, 'tools').entries()) {
    readTool(asObject(tool, toolAt(index)), toolAt(index), into)
  }
  const configName = spelled(request, 'toolConfig')
  const config = readObject(request, configName, path) ?? {}
  const callingName = spelled(config, 'functionCallingConfig')
  for (const [name, value] of Object.entries(config)) {
    if (name !== callingName && value !== null) into.extras.push([`toolConfig.${camelCase(name)}`, value])
  }
  const place = fieldPath(path, configName)
  const calling = readObject(config, callingName, place)
  if (calling === null) return { ...into, toolChoice: null }
  return { ...readMode(calling, `${place}.${callingName}`, into.tools), extras: into.extras }
}
