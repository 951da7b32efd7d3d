import type { ChatCall, JsonObject, ToolChoice, ToolDefinition } from '@pointsman/contract'

import type { WarningList } from '../warning-list.ts'
import { argumentsSchema, strictOf } from './quirk-openai-models.ts'

function writeTool(tool: ToolDefinition, warnings: WarningList): JsonObject {
  if (tool.cacheMark !== null) warnings.add('tools', 'cache marks were left out; OpenAI caches by itself')
  const strict = strictOf(tool, 'tools', warnings)
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description === null ? {} : { description: tool.description }),
      parameters: argumentsSchema(tool.schema),
      ...(strict === null ? {} : { strict }),
    },
  }
}

function writeChoice(choice: ToolChoice): JsonObject | string {
  switch (choice.kind) {
    case 'auto':
      return 'auto'
    case 'none':
      return 'none'
    case 'any':
      return 'required'
    case 'tool':
      return { type: 'function', function: { name: choice.name } }
  }
}

/** The members of a request that declare tools; none where there are none, because OpenAI refuses an empty list. */
export function writeTools(call: ChatCall, warnings: WarningList): JsonObject {
  if (call.tools.length === 0) return {}
  return {
    tools: call.tools.map((tool) => writeTool(tool, warnings)),
    ...(call.toolChoice === null ? {} : { tool_choice: writeChoice(call.toolChoice) }),
    ...(call.parallelToolCalls === null ? {} : { parallel_tool_calls: call.parallelToolCalls }),
  }
}
