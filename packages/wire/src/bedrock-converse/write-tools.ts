import type { ChatCall, JsonObject, Model, ToolChoice, ToolDefinition } from '@pointsman/contract'

import { closeArguments } from '../closed-schema.ts'
import { unsupported } from '../warning-list.ts'
import { quirksOf } from './quirks.ts'
import { writeCachePoint } from './write-messages.ts'
import type { WriteContext } from './write-messages.ts'

export interface WrittenTools {
  /** Null where no tools are sent. */
  readonly toolConfig: JsonObject | null
  /** Members for `additionalModelRequestFields`. */
  readonly fields: JsonObject
}

/** Bedrock service model, 2026. Another name could not be turned back in the answer. */
const allowedName = /^[a-zA-Z0-9_-]{1,64}$/

function writeTool(tool: ToolDefinition, context: WriteContext): readonly JsonObject[] {
  const { model, warnings } = context
  if (!allowedName.test(tool.name)) {
    throw unsupported(
      'tools',
      `the name "${tool.name.slice(0, 80)}" must be 1 to 64 letters, digits, _ or - for this model.`,
    )
  }
  const takesStrict = model.abilities.jsonSchema === true && quirksOf(model).strictTools
  if (tool.strict === true && !takesStrict) {
    warnings.add('tools', 'this model does not promise strict arguments; check them against the schema')
  }
  // Bedrock refuses a schema that does not say it is an object's.
  const schema = 'type' in tool.schema ? tool.schema : { type: 'object', ...tool.schema }
  const closed = tool.strict === true && takesStrict ? closeArguments(schema, warnings) : null
  const spec = {
    toolSpec: {
      name: tool.name,
      ...(tool.description === null || tool.description === '' ? {} : { description: tool.description }),
      inputSchema: { json: closed ?? schema },
      ...(closed === null ? {} : { strict: true }),
    },
  }
  if (tool.cacheMark === null) return [spec]
  if (!quirksOf(model).toolCachePoints) {
    warnings.add('tools', 'this model takes no cache marks between tools; they were left out')
    return [spec]
  }
  const point = writeCachePoint(tool.cacheMark, context)
  return point === null ? [spec] : [spec, point]
}

/** Throws `unsupported_parameter` where the model cannot be forced: it might answer with a text instead. */
function writeChoice(choice: ToolChoice | null, tools: readonly ToolDefinition[], model: Model): JsonObject {
  const { forcedTools } = quirksOf(model)
  switch (choice?.kind) {
    case 'any':
      if (forcedTools === 'none') throw unsupported('tool_choice', neverForced)
      return { toolChoice: { any: {} } }
    case 'tool':
      if (forcedTools === 'tool') return { toolChoice: { tool: { name: choice.name } } }
      // Of one tool, any is that one.
      if (forcedTools === 'any' && tools.length === 1) return { toolChoice: { any: {} } }
      throw unsupported('tool_choice', forcedTools === 'any' ? notByName : neverForced)
    // `auto` is what happens without a word; Converse has none for `none`.
    default:
      return {}
  }
}

const neverForced =
  'this model cannot be made to call a tool; leave the choice to it, or choose another model.'
const notByName =
  'this model cannot be made to call one of several tools; send that one alone, or choose another model.'

/** Names of tools that were called earlier, in order of their first call. */
function calledTools(call: ChatCall): readonly string[] {
  const names: string[] = []
  for (const { parts } of call.messages)
    for (const part of parts)
      if (part.kind === 'tool-call' && !names.includes(part.name)) names.push(part.name)
  return names
}

/**
 * Bedrock refuses a conversation that holds tool calls unless tools are declared; other vendors do not, so
 * their callers may leave them out. A model that binds its thoughts keeps its tools whatever the choice: without them
 * earlier thoughts are refused, and in the next turn those of this one.
 */
function declaredTools(call: ChatCall, { model, warnings }: WriteContext): readonly ToolDefinition[] {
  const called = calledTools(call)
  const { boundThoughts, ownToolChoice } = quirksOf(model)
  const isNone = call.toolChoice?.kind === 'none'
  if (isNone && called.length === 0 && !boundThoughts) return []
  if (call.tools.length > 0) {
    if (isNone && !ownToolChoice) {
      warnings.add(
        'tool_choice',
        '"none" does not exist here and the conversation holds calls; tools may be called',
      )
    }
    return call.tools
  }
  if (called.length > 0 && !ownToolChoice) {
    warnings.add(
      'tools',
      'declared from earlier calls, because this API wants them declared; they may be called',
    )
  }
  return called.map((name) => ({
    name,
    description: null,
    schema: { type: 'object', properties: {} },
    strict: null,
    cacheMark: null,
  }))
}

/** What Converse has no word for, in Claude's own: no call, and one call at most. Null where Converse's words do. */
function ownChoice({ toolChoice, tools, parallelToolCalls }: ChatCall): JsonObject | null {
  if (toolChoice?.kind === 'none' || tools.length === 0) return { type: 'none' }
  if (parallelToolCalls !== false) return null
  const single = { disable_parallel_tool_use: true }
  if (toolChoice?.kind === 'tool') return { type: 'tool', name: toolChoice.name, ...single }
  return { type: toolChoice?.kind ?? 'auto', ...single }
}

/** Throws `unsupported_parameter` for names that Bedrock does not take and for choices that the model does not. */
export function writeTools(call: ChatCall, context: WriteContext): WrittenTools {
  const { model, warnings } = context
  const declared = declaredTools(call, context)
  if (declared.length === 0) return { toolConfig: null, fields: {} }
  const tools = declared.flatMap((tool) => writeTool(tool, context))
  const own = quirksOf(model).ownToolChoice ? ownChoice(call) : null
  // Where Converse's own choice is set, the model refuses a second one beside it.
  if (own !== null) return { toolConfig: { tools }, fields: { tool_choice: own } }
  if (call.parallelToolCalls === false) {
    warnings.add(
      'parallel_tool_calls',
      'cannot be switched off for this model; it may call several tools at once',
    )
  }
  return { toolConfig: { tools, ...writeChoice(call.toolChoice, declared, model) }, fields: {} }
}
