import type { ChatCall, JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonObject } from './json-fields.ts'
import type { WarningList } from './warning-list.ts'

/*
 * Claudes that cannot be forced to call a tool are left free to, as their vendor advises. All tools stay declared, even
 * where one of them was named: thoughts of earlier turns are refused once the tools differ from those that they were
 * thought with.
 */

interface Forcing {
  readonly forcedTools: string
}

const isForced = (kind: unknown): boolean => kind === 'any' || kind === 'tool'

function tell(warnings: WarningList): void {
  const what =
    'this model cannot be made to call a tool; it was left free to call one or to answer with a text'
  warnings.add('tool_choice', what)
}

export function withFreeChoice(call: ChatCall, { forcedTools }: Forcing, warnings: WarningList): ChatCall {
  if (forcedTools !== 'as-auto' || !isForced(call.toolChoice?.kind)) return call
  tell(warnings)
  return { ...call, toolChoice: { kind: 'auto' } }
}

/** Whether a `tool_choice` of Claude's own body is taken. */
export const takesChoice = (choice: JsonValue | undefined, { forcedTools }: Forcing): boolean =>
  forcedTools !== 'as-auto' || !isJsonObject(choice) || !isForced(choice['type'])

/** Members of Claude's own body that go as they came. */
export function withFreeMembers(members: JsonObject, quirks: Forcing, warnings: WarningList): JsonObject {
  const { tool_choice: choice, ...rest } = members
  if (takesChoice(choice, quirks)) return members
  tell(warnings)
  return rest
}

/** A `toolConfig` of Converse that goes as it came. */
export function withFreeToolConfig(
  config: JsonObject,
  { forcedTools }: Forcing,
  warnings: WarningList,
): JsonObject {
  const { toolChoice, ...rest } = config
  if (forcedTools !== 'as-auto' || !isJsonObject(toolChoice)) return config
  if (!Object.keys(toolChoice).some(isForced)) return config
  tell(warnings)
  return rest
}
