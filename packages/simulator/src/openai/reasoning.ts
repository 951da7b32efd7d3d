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
}

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const

/** How long the model thinks; null = not at all. A model that reasons does so unasked. */
export function reasoningOf(model: SimulatedModel, effort: string | null, param: string): number | null {
  const reasons = model.abilities.reasoning === true
  if (!reasons && effort !== null) {
    throw invalid(
      `Unsupported parameter: '${param}' is not supported with this model.`,
      param,
      'unsupported_parameter',
    )
  }
  if (!reasons || effort === 'none') return null
  return TOKENS_BY_EFFORT[effort ?? 'medium'] ?? 64
}

/** Models that reason take the sampling that they were trained with, and nothing else. */
export function checkSampling(body: JsonObject, model: SimulatedModel): void {
  if (model.abilities.reasoning !== true) return
  for (const name of ['temperature', 'top_p']) {
    const value = body[name]
    if (value === undefined || value === null || value === 1) continue
    throw invalid(
      `Unsupported value: '${name}' does not support ${JSON.stringify(value)} with this model. Only the default (1) value is supported.`,
      name,
      'unsupported_value',
    )
  }
  for (const name of [
    'presence_penalty',
    'frequency_penalty',
    'logprobs',
    'top_logprobs',
    'logit_bias',
    'stop',
  ]) {
    const value = body[name]
    if (value === undefined || value === null || value === 0 || value === false) continue
    throw invalid(
      `Unsupported parameter: '${name}' is not supported with this model.`,
      name,
      'unsupported_parameter',
    )
  }
}
