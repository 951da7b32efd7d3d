import type { ChatCall, JsonObject, JsonValue, ToolChoice, ToolDefinition } from '@pointsman/contract'

import { unsupported } from '../warning-list.ts'
import { noCacheMarks } from './write-messages.ts'
import type { WriteContext } from './write-messages.ts'

/** ai.google.dev: FunctionDeclaration, 2026-10. Another name could not be turned back in the answer. */
const allowedName = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/

function writeTool(tool: ToolDefinition, { warnings }: WriteContext): JsonObject {
  if (!allowedName.test(tool.name)) {
    throw unsupported(
      'tools',
      `the name "${tool.name.slice(0, 80)}" must begin with a letter or _ and be at most 64 letters, digits, _ . : or - for this model.`,
    )
  }
  if (tool.cacheMark !== null) warnings.add('tools', noCacheMarks)
  return {
    name: tool.name,
    ...(tool.description === null || tool.description === '' ? {} : { description: tool.description }),
    parametersJsonSchema: 'type' in tool.schema ? tool.schema : { type: 'object', ...tool.schema },
  }
}

/**
 * `VALIDATED` keeps calls to their schema without forcing one, which is what others name strict; beside `ANY` it alone
 * takes names (ai.google.dev: FunctionCallingConfig, 2026-11).
 */
function writeMode(choice: ToolChoice | null, tools: readonly ToolDefinition[]): JsonObject | null {
  switch (choice?.kind) {
    case 'none':
      return { mode: 'NONE' }
    case 'any':
      return allowedOf('ANY', choice.among)
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] }
    case 'auto':
      if (choice.among !== undefined) return allowedOf('VALIDATED', choice.among)
      return { mode: isStrict(tools) ? 'VALIDATED' : 'AUTO' }
    default:
      return isStrict(tools) ? { mode: 'VALIDATED' } : null
  }
}

const isStrict = (tools: readonly ToolDefinition[]): boolean => tools.some((tool) => tool.strict === true)

/** An empty list would allow all. */
function allowedOf(mode: 'ANY' | 'VALIDATED', among: readonly string[] | undefined): JsonObject {
  if (among === undefined) return { mode }
  return among.length === 0 ? { mode: 'NONE' } : { mode, allowedFunctionNames: among }
}

type Members = readonly (readonly [string, JsonValue])[]

/** Extras whose name begins with `prefix.`, by what follows it. */
export const extrasUnder = (extras: JsonObject, prefix: string): Members =>
  Object.entries(extras).flatMap(([name, value]) =>
    name.startsWith(`${prefix}.`) ? [[name.slice(prefix.length + 1), value] as const] : [],
  )

/** `tools` and `toolConfig`; Google's own tools stand behind the caller's. Throws `unsupported_parameter`. */
export function writeTools(call: ChatCall, extras: JsonObject, context: WriteContext): JsonObject {
  const declared = call.tools.map((tool) => writeTool(tool, context))
  const own = extrasUnder(extras, 'tools').map(([name, value]) => ({ [name]: value }))
  const mode = declared.length === 0 ? null : writeMode(call.toolChoice, call.tools)
  const config = Object.fromEntries([
    ...(mode === null ? [] : [['functionCallingConfig', mode] as const]),
    ...extrasUnder(extras, 'toolConfig'),
  ])
  if (declared.length > 0 && call.parallelToolCalls === false) {
    context.warnings.add(
      'parallel_tool_calls',
      'cannot be switched off for this model; it may call several tools at once',
    )
  }
  const tools = [...(declared.length === 0 ? [] : [{ functionDeclarations: declared }]), ...own]
  return {
    ...(tools.length === 0 ? {} : { tools }),
    ...(Object.keys(config).length === 0 ? {} : { toolConfig: config }),
  }
}
