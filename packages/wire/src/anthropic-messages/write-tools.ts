import type { ChatCall, JsonObject, JsonValue, ToolDefinition } from '@pointsman/contract'

import { closeArguments } from '../closed-schema.ts'
import { isJsonObject } from '../json-fields.ts'
import { unsupported } from '../warning-list.ts'
import { toolNameForm } from './quirk-names.ts'
import type { WriteContext } from './write-messages.ts'

function writeTool(tool: ToolDefinition, { model, marks, warnings }: WriteContext): JsonObject {
  if (!toolNameForm.test(tool.name)) {
    throw unsupported(
      'tools',
      `the name "${tool.name.slice(0, 80)}" must be 1 to 128 letters, digits, _ or - for this model.`,
    )
  }
  const takesStrict = model.abilities.jsonSchema === true
  if (tool.strict === true && !takesStrict) {
    warnings.add('tools', 'this model does not promise strict arguments; check them against the schema')
  }
  const mark = tool.cacheMark === null ? null : marks.write(tool.cacheMark)
  // Anthropic refuses a schema that does not say it is an object's.
  const schema = 'type' in tool.schema ? tool.schema : { type: 'object', ...tool.schema }
  const closed = tool.strict === true && takesStrict ? closeArguments(schema, warnings) : null
  return {
    name: tool.name,
    ...(tool.description === null || tool.description === '' ? {} : { description: tool.description }),
    input_schema: closed ?? schema,
    ...(closed === null ? {} : { strict: true }),
    ...mark,
  }
}

/**
 * A conversation that holds calls must declare tools (anthropics/anthropic-sdk-python issue 494, 2024-05: "Requests
 * which include tool_use or tool_result blocks must define tools"); other vendors do not ask for that. `none` keeps
 * them from being called.
 */
function declaredFromCalls(call: ChatCall): readonly JsonObject[] {
  const names = call.messages.flatMap((message) =>
    message.parts.flatMap((part) => (part.kind === 'tool-call' ? [part.name] : [])),
  )
  return [...new Set(names)].map((name) => ({ name, input_schema: { type: 'object', properties: {} } }))
}

function writeChoice({ toolChoice, parallelToolCalls }: ChatCall): JsonObject {
  const single = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {}
  if (toolChoice === null) {
    return parallelToolCalls === false ? { tool_choice: { type: 'auto', ...single } } : {}
  }
  switch (toolChoice.kind) {
    case 'none':
      return { tool_choice: { type: 'none' } }
    case 'auto':
    case 'any':
      return { tool_choice: { type: toolChoice.kind, ...single } }
    case 'tool':
      return { tool_choice: { type: 'tool', name: toolChoice.name, ...single } }
  }
}

const ownTool = /^tools\[(\d+)\]$/
const ownMember = /^tools\[(\d+)\]\.(.+)$/

/** What the reader of this dialect put aside of tools. */
export const isOwnTool = (field: string): boolean => ownTool.test(field) || ownMember.test(field)

/** Anthropic's own tools back at their places, and members of others that only Anthropic has. */
function putBack(tools: readonly JsonObject[], own: JsonObject): readonly JsonObject[] {
  const all = [...tools]
  for (const [field, value] of Object.entries(own)) {
    const index = ownTool.exec(field)?.[1]
    if (index !== undefined && isJsonObject(value)) all.splice(Number(index), 0, value)
  }
  for (const [field, value] of Object.entries(own)) {
    const [, index, name] = ownMember.exec(field) ?? []
    const tool = index === undefined ? undefined : all[Number(index)]
    if (tool !== undefined && name !== undefined) all[Number(index)] = { ...tool, [name]: value }
  }
  return all
}

/**
 * The members of a request that declare tools; `own` are those of `extras` that isOwnTool names. Throws
 * `unsupported_parameter` for names that Anthropic does not take.
 */
export function writeTools(
  call: ChatCall,
  own: { readonly [field: string]: JsonValue },
  context: WriteContext,
): JsonObject {
  const tools = putBack(
    call.tools.map((tool) => writeTool(tool, context)),
    own,
  )
  if (tools.length > 0) return { tools, ...writeChoice(call) }
  const declared = declaredFromCalls(call)
  return declared.length === 0 ? {} : { tools: declared, tool_choice: { type: 'none' } }
}
