import type { ChatCall, JsonObject, Reasoning, Sampling } from '@pointsman/contract'

import type { WriteTarget } from '../dialect.ts'
import { fitsStrict } from '../openai-strict.ts'
import { dropDistribution, lowerLimit } from '../sampling-warnings.ts'
import { unsupported } from '../warning-list.ts'
import type { WarningList } from '../warning-list.ts'

/**
 * Models that OpenAI itself serves, on its own servers or on Azure's. Others behind this API, its open weights among them
 * (gpt-oss on vLLM, Ollama, llama.cpp), follow the rules of whoever runs them, which those servers tell.
 */
export const isOpenaiModel = ({ model }: WriteTarget): boolean =>
  model.vendor === 'openai' && model.family !== 'gpt-oss'

/** OpenAI: names of functions (API reference, `FunctionDefinition.name`, 2026-11). */
const allowedName = /^[a-zA-Z0-9_-]{1,64}$/

/** Throws `unsupported_parameter` for a tool whose name OpenAI refuses: another name would come back in its calls. */
export function judgeToolNames(call: ChatCall, target: WriteTarget): void {
  if (!isOpenaiModel(target)) return
  const index = call.tools.findIndex((tool) => !allowedName.test(tool.name))
  if (index < 0) return
  throw unsupported(
    `tools[${index}].name`,
    "this model takes names of at most 64 letters, digits, '_' and '-'; rename the tool, or choose another model.",
  )
}

/**
 * OpenAI, guide "Reasoning models" and API reference of `stop`, `logprobs`, `temperature`, 2026-11: while they think,
 * these models take no sampling of the caller's and no stop sequences. With effort `none` they do not think (guide to
 * GPT-5.2).
 */
const thinks = (call: ChatCall, target: WriteTarget): boolean =>
  isOpenaiModel(target) &&
  target.model.abilities.reasoning === true &&
  !(call.reasoning?.effort === 'none' && knowsNoEffort(target))

/** `none` came with GPT-5.1 (OpenAI, guide "Reasoning models", 2026-11); models before it think at the least. */
const knowsNoEffort = ({ model }: WriteTarget): boolean => model.generation >= 5.1

/**
 * The sampling that the model takes, with a warning for what was left out. Throws `unsupported_parameter` where the
 * answer would be another: it would go on past a stop sequence, or lack the log probabilities.
 */
export function fitSampling(call: ChatCall, target: WriteTarget, warnings: WarningList): Sampling {
  const { maxTokens } = call.sampling
  const limit = maxTokens === null ? null : lowerLimit(maxTokens, target.model, warnings)
  const sampling = fitPenalties({ ...call.sampling, maxTokens: limit }, target, warnings)
  if (!thinks(call, target)) return sampling
  if (sampling.logprobs !== null) {
    throw unsupported(
      'logprobs',
      'this model tells none while it reasons; leave it out, or set effort "none".',
    )
  }
  if (sampling.stopSequences.length > 0) {
    throw unsupported('stop', 'this model takes no stop sequences; leave them out, or choose another model.')
  }
  dropDistribution(call, noSampling, warnings)
  return { ...sampling, temperature: null, topP: null, topK: null }
}

const noSampling = 'this model reasons and takes no sampling of its own; it was left out'

/** Models that can reason take no penalties, not even while they do not (guide to GPT-5.2, 2026-11). */
function fitPenalties(sampling: Sampling, target: WriteTarget, warnings: WarningList): Sampling {
  if (!isOpenaiModel(target) || target.model.abilities.reasoning !== true) return sampling
  const penalties = {
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
  }
  for (const [name, value] of Object.entries(penalties)) {
    if (value !== null && value !== 0) warnings.add(name, noSampling)
  }
  return { ...sampling, frequencyPenalty: null, presencePenalty: null }
}

/** Effort and summary as the model takes them; null where nothing of it is sent, with a warning where it was asked for. */
export function fitReasoning(call: ChatCall, target: WriteTarget, warnings: WarningList): Reasoning | null {
  const { reasoning } = call
  if (reasoning === null) return null
  if (isOpenaiModel(target) && target.model.abilities.reasoning === false) {
    // A model without reasoning needs no word to keep it from reasoning.
    if (reasoning.effort !== 'none') {
      warnings.add('reasoning_effort', 'this model has no setting for reasoning; it was left out')
    }
    return null
  }
  const alwaysThinks =
    isOpenaiModel(target) && target.model.abilities.reasoning === true && !knowsNoEffort(target)
  if (reasoning.effort === 'none' && alwaysThinks) {
    warnings.add(
      'reasoning_effort',
      'this model cannot be kept from thinking; the lowest effort was asked for',
    )
    return { ...reasoning, effort: target.model.generation >= 5 ? 'minimal' : 'low' }
  }
  if (reasoning.budgetTokens !== null) {
    warnings.add('thinking', 'OpenAI takes an effort instead of a budget of tokens; the budget was left out')
  }
  return reasoning
}

/**
 * Whether OpenAI is to hold answers or arguments to a schema without fail; null = not said. Other vendors do that with
 * schemas that OpenAI would refuse.
 */
export function strictOf(
  { strict, schema }: { readonly strict: boolean | null; readonly schema: JsonObject },
  field: string,
  warnings: WarningList,
): boolean | null {
  if (strict !== true || fitsStrict(schema)) return strict
  warnings.add(field, 'the schema is looser than strict mode takes; check what is written against it')
  return null
}

const detailField = /\.detail$/

/** How closely images are looked at stands beside them in both of OpenAI's APIs (`ImagePart.detail`). */
export const withoutDetails = (extras: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(extras).filter(([name]) => !detailField.test(name)))
/**
 * OpenAI refuses an object's schema without `properties` ("object schema missing properties", langchain-mcp-adapters issue
 * 137, 2025-05), which tools without arguments have, and one without `type`; other vendors take both.
 */
export const argumentsSchema = (schema: JsonObject): JsonObject => ({
  type: 'object',
  properties: {},
  ...schema,
})

