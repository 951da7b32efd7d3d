import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { invalid } from './failure.ts'

/** What an effort is worth here; the vendor tells no figures. */
const TOKENS_BY_EFFORT: Readonly<Record<string, number>> = {
  minimal: 16,
  low: 32,
  medium: 64,
  high: 128,
  xhigh: 256,
  max: 512,
}

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

const upTo = (last: (typeof EFFORTS)[number]): readonly string[] =>
  EFFORTS.slice(EFFORTS.indexOf('low'), EFFORTS.indexOf(last) + 1)

/** What recorded answers of the generations list (2025-11 to 2026-09). */
function levelsOf({ generation, tier }: SimulatedModel): readonly string[] {
  if (generation === undefined || generation === null) return EFFORTS
  if (generation >= 6 && tier === 'astra') return upTo('max')
  if (generation >= 5.6) return ['none', ...upTo('max')]
  if (generation >= 5.2) return ['none', ...upTo('xhigh')]
  if (generation >= 5.1) return ['none', ...upTo('high')]
  return generation >= 5 ? ['minimal', ...upTo('high')] : upTo('high')
}

/** Generations in between think only when they are asked to. */
const effortUnasked = ({ generation }: SimulatedModel): string =>
  typeof generation === 'number' && generation >= 5.1 && generation < 5.5 ? 'none' : 'medium'

/** `reasoning_effort` of chat completions, `reasoning.effort` of responses. */
export type EffortParam = 'reasoning_effort' | 'reasoning.effort'

function checkLevel(model: SimulatedModel, effort: string, param: EffortParam): void {
  const all = levelsOf(model)
  const levels = param === 'reasoning_effort' ? all.filter((level) => level !== 'max') : all
  if (levels.includes(effort)) return
  const quoted = levels.map((level) => `'${level}'`)
  const listed = `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1) ?? ''}`
  const what =
    param === 'reasoning_effort'
      ? `'reasoning_effort' does not support '${effort}' with this model`
      : `'${effort}' is not supported with the '${model.id}' model`
  throw invalid(`Unsupported value: ${what}. Supported values are: ${listed}.`, param, 'unsupported_value')
}

/** How long the model thinks; null = not at all. Most models that reason do so unasked. */
export function reasoningOf(model: SimulatedModel, effort: string | null, param: EffortParam): number | null {
  const reasons = model.abilities.reasoning === true
  if (!reasons && effort !== null) {
    throw invalid(
      `Unsupported parameter: '${param}' is not supported with this model.`,
      param,
      'unsupported_parameter',
    )
  }
  if (!reasons) return null
  if (effort !== null) checkLevel(model, effort, param)
  const settled = effort ?? effortUnasked(model)
  return settled === 'none' ? null : (TOKENS_BY_EFFORT[settled] ?? 64)
}

/** Newer models that reason take tools by the Responses API alone, unless they are told not to reason. */
export function checkChatTools(model: SimulatedModel, effort: string | null, offersTools: boolean): void {
  const { generation } = model
  if (!offersTools || effort === 'none' || model.abilities.reasoning !== true) return
  if (typeof generation !== 'number' || generation < 5.4 || (generation < 5.5 && effort === null)) return
  throw invalid(
    `Function tools with reasoning_effort are not supported for ${model.id} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.`,
    'reasoning_effort',
  )
}

/** While they think, models take the sampling that they were trained with; some of it those that can think never take. */
export function checkSampling(body: JsonObject, model: SimulatedModel, thinking: number | null): void {
  if (model.abilities.reasoning !== true) return
  for (const name of thinking === null ? [] : ['temperature', 'top_p']) {
    const value = body[name]
    if (value === undefined || value === null || value === 1) continue
    throw invalid(
      `Unsupported value: '${name}' does not support ${JSON.stringify(value)} with this model. Only the default (1) value is supported.`,
      name,
      'unsupported_value',
    )
  }
  const never = ['presence_penalty', 'frequency_penalty', 'logit_bias', 'stop']
  for (const name of thinking === null ? never : [...never, 'logprobs', 'top_logprobs']) {
    const value = body[name]
    if (value === undefined || value === null || value === 0 || value === false) continue
    throw invalid(
      `Unsupported parameter: '${name}' is not supported with this model.`,
      name,
      'unsupported_parameter',
    )
  }
}
