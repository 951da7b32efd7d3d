import type { ChatCall, JsonObject, JsonValue, ToolChoice, ToolDefinition } from '@pointsman/contract'

import { isJsonArray } from '../json-fields.ts'
import { argumentsSchema, strictOf } from '../openai-chat/quirk-openai-models.ts'
import type { WarningList } from '../warning-list.ts'

function writeTool(tool: ToolDefinition, warnings: WarningList): JsonObject {
  if (tool.cacheMark !== null) warnings.add('tools', 'cache marks were left out; OpenAI caches by itself')
  return {
    type: 'function',
    name: tool.group?.toolName ?? tool.name,
    ...(tool.description === null ? {} : { description: tool.description }),
    parameters: argumentsSchema(tool.schema),
    // Left out, this API means true and refuses schemas that are not written for it.
    strict: strictOf(tool, 'tools', warnings) ?? false,
  }
}

/** Each group stands where its first tool does. */
function writeAll(tools: readonly ToolDefinition[], warnings: WarningList): readonly JsonObject[] {
  const written: JsonObject[] = []
  const groups = new Map<string, JsonObject[]>()
  for (const tool of tools) {
    const own = writeTool(tool, warnings)
    const { group } = tool
    const others = group === undefined ? undefined : groups.get(group.name)
    if (others !== undefined) others.push(own)
    else if (group === undefined) written.push(own)
    else {
      const members = [own]
      groups.set(group.name, members)
      const { name, description } = group
      written.push({ type: 'namespace', name, description: description ?? '', tools: members })
    }
  }
  return written
}

function writeChoice(choice: ToolChoice, tools: readonly ToolDefinition[]): JsonValue {
  const named = (joined: string): JsonObject => ({
    type: 'function',
    name: tools.find(({ name }) => name === joined)?.group?.toolName ?? joined,
  })
  switch (choice.kind) {
    case 'auto':
    case 'any': {
      const mode = choice.kind === 'auto' ? 'auto' : 'required'
      return choice.among === undefined
        ? mode
        : { type: 'allowed_tools', mode, tools: choice.among.map(named) }
    }
    case 'none':
      return 'none'
    case 'tool':
      return named(choice.name)
  }
}

/** The members of a request that declare tools; `own` are OpenAI's, as they came. */
export function writeTools(call: ChatCall, own: JsonValue | undefined, warnings: WarningList): JsonObject {
  const tools = [...writeAll(call.tools, warnings), ...(isJsonArray(own) ? own : [])]
  if (tools.length === 0) return {}
  return {
    tools,
    ...(call.toolChoice === null ? {} : { tool_choice: writeChoice(call.toolChoice, call.tools) }),
    ...(call.parallelToolCalls === null ? {} : { parallel_tool_calls: call.parallelToolCalls }),
  }
}
