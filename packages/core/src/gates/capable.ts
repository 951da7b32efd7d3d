import type { Model, Needs } from '@pointsman/contract'
import type { Verdict } from './verdict.ts'

/**
 * The estimate of an input comes from its size in bytes, which overstates text that is escaped or not in
 * Latin letters: only beyond this multiple of the context is a request refused before the vendor sees it.
 */
const contextMargin = 1.5

const verdict = (rule: string, reason: string): Verdict => ({ gate: 'capable', rule, reason })

/** An ability that would change the answer's meaning if left out: unknown does not pass. */
function lacks(model: Model, ability: boolean | null, word: string, rule: string): Verdict | null {
  if (ability === true) return null
  return ability === null
    ? verdict(`${rule}-unknown`, `it is not known whether ${model.id} supports ${word}`)
    : verdict(`no-${rule}`, `${model.id} does not support ${word}`)
}

/** Something that a model cannot read it refuses aloud, so who named the model themselves may try where it is not known. */
const reads = (model: Model, ability: boolean | null, word: string, isNamed: boolean): Verdict | null =>
  isNamed && ability === null ? null : lacks(model, ability, word, word)

function checkStreaming(model: Model, needs: Needs): Verdict | null {
  if (!needs.streaming) return null
  if (model.abilities.streaming === false)
    return verdict('no-streaming', `${model.id} does not support streaming`)
  if (needs.tools && model.abilities.toolsStreaming === false) {
    return verdict('no-tools-streaming', `${model.id} takes tools only without streaming`)
  }
  return null
}

/**
 * Whether a model can do what a request needs; abilities are the catalogue's data, never read from a name. `isNamed`: no
 * rule of ours chose this model.
 */
export function checkCapable(
  model: Model,
  needs: Needs,
  purpose: Model['purpose'] = 'chat',
  isNamed = false,
): Verdict | null {
  if (model.purpose !== purpose) {
    return purpose === 'chat'
      ? verdict('not-a-chat-model', `${model.id} is an ${model.purpose} model`)
      : verdict('not-an-embedding-model', `${model.id} is a ${model.purpose} model and makes no embeddings`)
  }
  const { abilities, contextTokens } = model
  const missing =
    (needs.tools ? lacks(model, abilities.tools, 'tools', 'tools') : null) ??
    (needs.images ? reads(model, abilities.images, 'images', isNamed) : null) ??
    (needs.documents ? reads(model, abilities.documents, 'documents', isNamed) : null) ??
    (needs.jsonSchema
      ? lacks(model, abilities.jsonSchema, 'a JSON schema for the answer', 'json-schema')
      : null) ??
    checkStreaming(model, needs)
  if (missing !== null) return missing
  // Each text of a batch has a context of its own, and the estimate is of all of them: the vendor measures them.
  if (
    purpose === 'chat' &&
    contextTokens !== null &&
    needs.inputTokensEstimate > contextTokens * contextMargin
  ) {
    return verdict(
      'context-too-long',
      `the request has about ${needs.inputTokensEstimate} input tokens; ${model.id} takes ${contextTokens}`,
    )
  }
  return null
}

/** What a caller should know of a model that passes although something it asks for may be left out or fail. */
export function capabilityWarnings(model: Model, needs: Needs): readonly string[] {
  const { abilities } = model
  const warnings: string[] = []
  if (needs.reasoning && abilities.reasoning !== true) {
    warnings.push(
      abilities.reasoning === null
        ? `it is not known whether ${model.id} reasons: the setting may have no effect`
        : `${model.id} does not reason: the setting has no effect`,
    )
  }
  for (const word of ['images', 'documents'] as const) {
    if (needs[word] && abilities[word] === null) {
      warnings.push(`it is not known whether ${model.id} supports ${word}`)
    }
  }
  if (needs.streaming && abilities.streaming === null) {
    warnings.push(`it is not known whether ${model.id} supports streaming`)
  }
  if (needs.streaming && needs.tools && abilities.toolsStreaming === null) {
    warnings.push(`it is not known whether ${model.id} takes tools while streaming`)
  }
  return warnings
}
