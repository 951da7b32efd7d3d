import type { ChatCall, JsonObject } from '@pointsman/contract'

import type { WriteTarget } from './dialect.ts'
import { isOpenaiModel } from './openai-chat/quirk-openai-models.ts'
import type { WarningList } from './warning-list.ts'

/** OpenAI's limits of `metadata` and of names of users (API reference, 2026-11). */
const maxLabels = 16
const maxLabelName = 64
const maxLabelValue = 512
const maxUser = 64

/** Anthropic's label for the user, whom OpenAI names in a field of its own. */
const userLabel = 'user_id'

function labelsOf(call: ChatCall, warnings: WarningList): JsonObject | null {
  const kept: [string, string][] = []
  for (const [name, value] of Object.entries(call.metadata)) {
    if (name === userLabel) continue
    const fits = name.length <= maxLabelName && value.length <= maxLabelValue && kept.length < maxLabels
    if (fits) kept.push([name, value])
    else warnings.add(`metadata.${name}`, 'beyond what OpenAI takes as metadata; it was left out')
  }
  return kept.length === 0 ? null : Object.fromEntries(kept)
}

function userOf(call: ChatCall, extras: JsonObject, target: WriteTarget, warnings: WarningList): JsonObject {
  const user = call.metadata[userLabel]
  if (user === undefined || 'user' in extras || 'safety_identifier' in extras) return {}
  if (user.length > maxUser) {
    warnings.add('metadata.user_id', `beyond ${maxUser} characters; it was left out`)
    return {}
  }
  // Other servers know the older field only.
  return isOpenaiModel(target) ? { safety_identifier: user } : { user }
}

/** What these two APIs do with labels. */
interface LabelRules {
  readonly target: WriteTarget
  /** `metadata` is refused unless the answer is stored. */
  readonly onlyStored: boolean
}

/** The caller's labels and the name of its user, as members of a request. `extras` are those that are written anyway. */
export function writeLabels(
  call: ChatCall,
  extras: JsonObject,
  { target, onlyStored }: LabelRules,
  warnings: WarningList,
): JsonObject {
  const user = userOf(call, extras, target, warnings)
  const metadata = labelsOf(call, warnings)
  if (metadata === null) return user
  // "The 'metadata' parameter is only allowed when 'store' is enabled" (tmc/langchaingo issue 1484, 2026-03).
  if (onlyStored && isOpenaiModel(target) && extras['store'] !== true) {
    warnings.add('metadata', 'OpenAI takes labels for stored answers only; they were left out')
    return user
  }
  return { ...user, metadata }
}
