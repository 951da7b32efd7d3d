import type { ChatCall, JsonObject, JsonValue, Reasoning, Sampling } from '@pointsman/contract'

import { withAllowedAlone } from '../allowed-tools.ts'
import type { WriteTarget } from '../dialect.ts'
import { isGiven } from '../json-fields.ts'
import { fitEffort } from '../nearest-effort.ts'
import { fitsStrict } from '../openai-strict.ts'
import { dropDistribution, lowerLimit } from '../sampling-warnings.ts'
import { unsupported } from '../warning-list.ts'
import type { WarningList } from '../warning-list.ts'
import { effortsOf, thinksUnasked } from './quirk-efforts.ts'
import type { OpenaiApi } from './quirk-efforts.ts'

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

/** Whether a server that is merely compatible takes a list of allowed tools is for nobody to know. */
export const fitChoice = (call: ChatCall, target: WriteTarget): ChatCall =>
  isOpenaiModel(target) ? call : withAllowedAlone(call)

/**
 * OpenAI, guide "Reasoning models" and API reference of `stop`, `logprobs`, `temperature`, 2026-11: while they think,
 * these models take no sampling of the caller's. With effort `none` they do not think (guide to GPT-5.2), and some not
 * unless they are asked.
 */
export const thinks = (effort: string | null, target: WriteTarget): boolean =>
  mayThink(effort, target) && (effort !== null || thinksUnasked(target.model))

/** Stop sequences are not among what the guide allows to models that think only when asked. */
export const mayThink = (effort: string | null, target: WriteTarget): boolean =>
  isOpenaiModel(target) &&
  target.model.abilities.reasoning === true &&
  !(effort === 'none' && effortsOf(target.model, 'chat').includes('none'))

/**
 * The sampling that the model takes, with a warning for what was left out. Throws `unsupported_parameter` where the
 * answer would be another: it would go on past a stop sequence, or lack the log probabilities.
 */
export function fitSampling(call: ChatCall, target: WriteTarget, warnings: WarningList): Sampling {
  const { maxTokens } = call.sampling
  const limit = maxTokens === null ? null : lowerLimit(maxTokens, target.model, warnings)
  const sampling = fitPenalties({ ...call.sampling, maxTokens: limit }, target, warnings)
  const effort = call.reasoning?.effort ?? null
  if (sampling.stopSequences.length > 0 && mayThink(effort, target)) {
    throw unsupported('stop', 'this model takes no stop sequences; leave them out, or choose another model.')
  }
  if (!thinks(effort, target)) return sampling
  if (sampling.logprobs !== null) {
    throw unsupported(
      'logprobs',
      'this model tells none while it reasons; leave it out, or set effort "none".',
    )
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
export function fitReasoning(
  { reasoning }: ChatCall,
  target: WriteTarget,
  api: OpenaiApi,
  warnings: WarningList,
): Reasoning | null {
  if (reasoning === null) return null
  const { model } = target
  if (isOpenaiModel(target) && model.abilities.reasoning === false) {
    // A model without reasoning needs no word to keep it from reasoning.
    if (reasoning.effort !== 'none') {
      warnings.add('reasoning_effort', 'this model has no setting for reasoning; it was left out')
    }
    return null
  }
  if (reasoning.budgetTokens !== null) {
    warnings.add('thinking', 'OpenAI takes an effort instead of a budget of tokens; the budget was left out')
  }
  const { effort } = reasoning
  if (effort === null || !isOpenaiModel(target) || model.abilities.reasoning !== true) return reasoning
  return { ...reasoning, effort: fitEffort(effort, effortsOf(model, api), warnings) }
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

/**
 * OpenAI refuses an object's schema without `properties` ("object schema missing properties", langchain-mcp-adapters issue
 * 137, 2025-05), which tools without arguments have, and one without `type`; other vendors take both.
 */
export const argumentsSchema = (schema: JsonObject): JsonObject => ({
  type: 'object',
  properties: {},
  ...schema,
})

/** "'verbosity' does not support 'low' with this model" (google-deepmind/concordia issue 164, on gpt-4o, 2025-09). */
export const takesVerbosity = (verbosity: JsonValue | undefined, target: WriteTarget): boolean =>
  !isOpenaiModel(target) ||
  target.model.abilities.reasoning !== false ||
  !isGiven(verbosity) ||
  verbosity === 'medium'

/** Models that can reason take none (guide "Reasoning models", 2026-11). */
export const takesBias = (bias: JsonValue | undefined, target: WriteTarget): boolean =>
  !isOpenaiModel(target) || target.model.abilities.reasoning !== true || !isGiven(bias)

/** OpenAI's own fields that not all of its models take. Throws `unsupported_parameter` for a bias on tokens. */
export function fitExtras(extras: JsonObject, target: WriteTarget, warnings: WarningList): JsonObject {
  if (!takesBias(extras['logit_bias'], target)) {
    throw unsupported(
      'logit_bias',
      'this model takes no bias on tokens; leave it out, or choose one that does not reason.',
    )
  }
  const { verbosity, ...others } = extras
  if (takesVerbosity(verbosity, target)) return extras
  warnings.add('verbosity', 'this model has no setting for it; it was left out')
  return others
}

const detailField = /\.detail$/
const roleField = /^(?:messages|input)\[\d+\]\.role$/
const nameField = /^messages\[\d+\]\.name$/

/**
 * The extras that have no place here: how closely images are looked at stands beside them in both of OpenAI's APIs
 * (`ImagePart.detail`), its own models take system texts where they stand, and names of speakers in chat completions.
 */
export function withoutPlaced(
  { extras, messages }: ChatCall,
  target: WriteTarget,
  api: OpenaiApi,
): JsonObject {
  const names = new Set(messages.map(({ name }) => name))
  const isPlaced = (name: string, value: JsonValue): boolean =>
    detailField.test(name) ||
    (isOpenaiModel(target) &&
      (roleField.test(name) ||
        (api === 'chat' && nameField.test(name) && typeof value === 'string' && names.has(value))))
  return Object.fromEntries(Object.entries(extras).filter(([name, value]) => !isPlaced(name, value)))
}
