import type { PromptTool, ToolChoice } from '../answer/prompt.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { invalid } from './failure.ts'
import type { FieldProblem } from './failure.ts'
import { messagesAt, optionalMessage, optionalText, textAt, textsAt } from './fields.ts'
import { checkSchema, toJsonSchema } from './schema.ts'

/** The functions that a request offers, and which of them may or must be called. */
export interface Tools {
  readonly tools: readonly PromptTool[]
  readonly choice: ToolChoice
  /** Names that may be called; null = all. */
  readonly allowed: readonly string[] | null
}

/** What the vendor says of its own tools where they cannot be had; the simulator has none of them. */
const OWN_TOOLS: Readonly<Record<string, string>> = {
  googleSearch: 'Search Grounding is not supported.',
  googleSearchRetrieval: 'Search Grounding is not supported.',
  googleMaps: 'Google Maps Grounding is not supported.',
  codeExecution: 'Code execution is not enabled for this model.',
  urlContext: 'Browse tool is not supported.',
  computerUse: 'Computer Use is not enabled for this model.',
  fileSearch: 'File Search is not enabled for this model.',
  mcpServers: 'MCP servers are not enabled for this model.',
}

const NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/
const NAME_RULE =
  'Invalid function name. Must start with a letter or an underscore. Must be alphameric (a-z, A-Z, 0-9), ' +
  'underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.'

/** Reads `tools` and `toolConfig`; adds to `problems` what the vendor's validator tells line by line. */
export function readTools(request: JsonObject, problems: FieldProblem[]): Tools {
  const tools = messagesAt(request, 'tools').flatMap((tool, index) => {
    const own = Object.keys(OWN_TOOLS).find((name) => tool[name] !== undefined)
    if (own !== undefined) throw invalid(OWN_TOOLS[own] ?? own)
    return messagesAt(tool, 'functionDeclarations').map((declaration, at) =>
      readDeclaration(declaration, `tools[${index}].function_declarations[${at}]`, problems),
    )
  })
  const names = tools.map((tool) => tool.name)
  const seen = new Set<string>()
  const doubled = names.find((name) => name !== '' && (seen.has(name) || !seen.add(name)))
  if (doubled !== undefined) throw invalid(`Duplicate function declaration found: ${doubled}`)
  return { tools, ...readConfig(request, names, problems) }
}

function readDeclaration(declaration: JsonObject, where: string, problems: FieldProblem[]): PromptTool {
  const name = textAt(declaration, 'name')
  if (!NAME.test(name)) problems.push({ where: `${where}.name`, problem: NAME_RULE })
  return {
    kind: 'tool',
    name,
    description: textAt(declaration, 'description'),
    schema: readSchemaPair(
      declaration,
      { own: 'parameters', standard: 'parametersJsonSchema', where },
      problems,
    ) ?? {
      type: 'object',
      properties: {},
    },
  }
}

/**
 * Reads a schema that may be given in the vendor's own form or as JSON Schema, and not in both. Null where neither was.
 */
export function readSchemaPair(
  message: JsonObject,
  names: { readonly own: string; readonly standard: string; readonly where: string },
  problems: FieldProblem[],
): JsonValue | null {
  const own = optionalMessage(message, names.own)
  const standard = message[names.standard]
  const [ownName, standardName] = [snakeCase(names.own), snakeCase(names.standard)]
  if (own !== undefined && standard !== undefined) {
    problems.push({
      where: `${names.where}.${standardName}`,
      problem: `must not be set when ${ownName} is set.`,
    })
  }
  if (own !== undefined) {
    checkSchema(own, `${names.where}.${ownName}`, problems)
    return toJsonSchema(own)
  }
  if (standard === undefined) return null
  if (!isJsonObject(standard)) {
    problems.push({ where: `${names.where}.${standardName}`, problem: 'must be an object.' })
  }
  return standard
}

function readConfig(
  request: JsonObject,
  names: readonly string[],
  problems: FieldProblem[],
): Omit<Tools, 'tools'> {
  const config = optionalMessage(optionalMessage(request, 'toolConfig') ?? {}, 'functionCallingConfig')
  if (config === undefined) return { choice: { kind: 'auto' }, allowed: null }
  const where = 'tool_config.function_calling_config.allowed_function_names'
  const mode = optionalText(config, 'mode') ?? 'MODE_UNSPECIFIED'
  const allowed = textsAt(config, 'allowedFunctionNames')
  if (names.length === 0 && (mode === 'ANY' || allowed.length > 0)) {
    throw invalid('Function calling config is set without function_declarations.')
  }
  if (allowed.length > 0 && mode !== 'ANY' && mode !== 'VALIDATED') {
    problems.push({
      where,
      problem: 'should be set only when the function calling mode is ANY or VALIDATED.',
    })
  }
  allowed.forEach((name, index) => {
    if (names.includes(name)) return
    problems.push({
      where: `${where}[${index}]`,
      problem: `must be one of the declared functions: [${names.join(', ').slice(0, 500)}]`,
    })
  })
  return { choice: choiceOf(mode, allowed), allowed: allowed.length === 0 ? null : allowed }
}

function choiceOf(mode: string, allowed: readonly string[]): ToolChoice {
  const [only] = allowed
  if (mode === 'NONE') return { kind: 'none' }
  if (mode !== 'ANY') return { kind: 'auto' }
  return only !== undefined && allowed.length === 1 ? { kind: 'tool', name: only } : { kind: 'any' }
}

function snakeCase(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
