import { noNeeds, type Needs } from '@pointsman/contract'
import { checkCapable, type CompiledModel, type Verdict } from '@pointsman/core'

export interface Requirements {
  readonly requiresTools?: boolean
  readonly requiresStreaming?: boolean
  readonly requiresVision?: boolean
  readonly requiresDocuments?: boolean
  readonly requiresJsonSchema?: boolean
  /** Tokens of input that must fit. */
  readonly contextLength?: number
}

export interface Compatibility {
  readonly compatible: boolean
  /** Why not. */
  readonly error?: string
}

export const needsOf = (requirements: Requirements): Needs => ({
  ...noNeeds,
  tools: requirements.requiresTools ?? false,
  streaming: requirements.requiresStreaming ?? false,
  images: requirements.requiresVision ?? false,
  documents: requirements.requiresDocuments ?? false,
  jsonSchema: requirements.requiresJsonSchema ?? false,
})

/** By the gate that every request passes; the context by its exact number, since it is no estimate here. */
export function compatibilityOf(model: CompiledModel, requirements: Requirements): Compatibility {
  const verdict = checkCapable(model, needsOf(requirements))
  if (verdict !== null) return { compatible: false, error: wordsOf(verdict, model) }
  const { contextLength = 0 } = requirements
  const { contextTokens } = model
  if (contextTokens !== null && contextLength > contextTokens) {
    return { compatible: false, error: `Model takes ${contextTokens} tokens of input, not ${contextLength}` }
  }
  return { compatible: true }
}

/** `Model does not support tools`: the gate names the model by its id, which the caller has just named. */
function wordsOf({ reason }: Verdict, { id }: CompiledModel): string {
  const words = reason.replace(id, reason.startsWith(id) ? 'Model' : 'the model')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
