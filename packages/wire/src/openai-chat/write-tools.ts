import type { ChatCall, JsonObject, ToolChoice, ToolDefinition } from '@pointsman/contract'

import type { WriteTarget } from '../dialect.ts'
import type { WarningList } from '../warning-list.ts'
import { argumentsSchema, isOpenaiModel, strictOf } from './quirk-openai-models.ts'
import { toolsBarReasoning } from './quirk-tools-beside-reasoning.ts'

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

const writeNamed = (name: string): JsonObject => ({ type: 'function', function: { name } })

function writeChoice(choice: ToolChoice): JsonObject | string {
  switch (choice.kind) {
    case 'auto':
    case 'any': {
      const mode = choice.kind === 'auto' ? 'auto' : 'required'
      if (choice.among === undefined) return mode
      return { type: 'allowed_tools', allowed_tools: { mode, tools: choice.among.map(writeNamed) } }
    }
    case 'none':
      return 'none'
    case 'tool':
      return writeNamed(choice.name)
  }
}

/** Tools that may not be called, for a model that refuses tools beside reasoning whatever the choice among them. */
const areIdle = ({ toolChoice }: ChatCall, target: WriteTarget): boolean =>
  toolChoice?.kind === 'none' && isOpenaiModel(target) && toolsBarReasoning(target.model)

/** The members of a request that declare tools; none where there are none, because OpenAI refuses an empty list. */
export function writeTools(call: ChatCall, target: WriteTarget, warnings: WarningList): JsonObject {
  if (call.tools.length === 0 || areIdle(call, target)) return {}
  return {
    tools: call.tools.map((tool) => writeTool(tool, warnings)),
    ...(call.toolChoice === null ? {} : { tool_choice: writeChoice(call.toolChoice) }),
    ...(call.parallelToolCalls === null ? {} : { parallel_tool_calls: call.parallelToolCalls }),
  }
}
