import type { Prompt } from '../answer/prompt.ts'
import { offeredTools } from '../answer/prompt.ts'
import { estimatePromptTokens } from '../answer/token-estimate.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { GeminiFailure, invalid } from './failure.ts'

/** The models that this API serves, by id. */
export class GeminiModels {
  readonly models: readonly SimulatedModel[]
  readonly #byName: ReadonlyMap<string, SimulatedModel>

  constructor(models: readonly SimulatedModel[]) {
    this.models = models.filter((model) => model.provider === 'google' || model.format.startsWith('gemini'))
    this.#byName = new Map(
      this.models.flatMap((model) => [model.id, ...(model.alsoKnownAs ?? [])].map((name) => [name, model])),
    )
  }

  /** Throws NOT_FOUND for an id that is unknown, or whose model does not do what is asked. */
  resolve(modelId: string, call: { readonly method: string; readonly version: string }): SimulatedModel {
    const model = this.#byName.get(modelId)
    const embeds = call.method === 'embedContent'
    if (
      model !== undefined &&
      (call.method === 'countTokens' || (model.purpose === 'embedding') === embeds)
    ) {
      return model
    }
    throw new GeminiFailure(
      'NOT_FOUND',
      `models/${modelId.slice(0, 200)} is not found for API version ${call.version}, or is not supported for ${call.method}. ` +
        'Call ListModels to see the list of available models and their supported methods.',
    )
  }

  /** For GetModel, which says less. */
  named(modelId: string): SimulatedModel {
    const model = this.#byName.get(modelId)
    if (model !== undefined) return model
    throw new GeminiFailure(
      'NOT_FOUND',
      `Model is not found: models/${modelId.slice(0, 200)} for api version v1beta`,
    )
  }
}

/** Refuses what a model cannot do, in the API's words. What is not known of a model is let pass. */
export function checkModelRules(prompt: Prompt, model: SimulatedModel): void {
  const { abilities } = model
  if (abilities.tools === false && offeredTools(prompt).length > 0) {
    throw invalid(`Function calling is not enabled for models/${model.id}`)
  }
  if (abilities.images === false && holds(prompt, 'image')) {
    throw invalid(`Image input modality is not enabled for models/${model.id}`)
  }
  if (abilities.documents === false && holds(prompt, 'document')) {
    throw invalid(`Document input modality is not enabled for models/${model.id}`)
  }
  const most = model.maxOutputTokens
  if (most !== null && prompt.maxTokens !== null && prompt.maxTokens > most) {
    throw invalid(
      `Unable to submit request because it has a maxOutputTokens value of ${prompt.maxTokens} but the supported range is ` +
        `from 1 (inclusive) to ${most + 1} (exclusive). Update the value and try again.`,
    )
  }
  const tokens = estimatePromptTokens(prompt)
  if (model.contextTokens !== null && tokens > model.contextTokens) {
    throw invalid(
      `The input token count (${tokens}) exceeds the maximum number of tokens allowed (${model.contextTokens}).`,
    )
  }
}

function holds(prompt: Prompt, kind: 'image' | 'document'): boolean {
  return prompt.messages.some((message) => message.blocks.some((block) => block.kind === kind))
}
