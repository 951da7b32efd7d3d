import type { LifecycleStatus } from '@pointsman/contract'
import type { CompiledModel } from '../compile/compiled-snapshot.ts'

/** The status at this instant: `eol` once its date has come, although the catalogue was not edited that day. */
export function lifecycleStatusAt(model: CompiledModel, nowMs: number): LifecycleStatus {
  if (model.endsAtMs !== null && nowMs >= model.endsAtMs) return 'eol'
  return model.lifecycle.status
}

const endWords = (model: CompiledModel): string =>
  model.lifecycle.endsOn === null ? '' : ` (${model.lifecycle.endsOn})`

const replacementWords = (model: CompiledModel): string =>
  model.lifecycle.replacement === null ? '' : `; its replacement is ${model.lifecycle.replacement}`

/** `… is past its end of life (2026-07-30); its replacement is …`. */
export const endOfLifeWords = (model: CompiledModel): string =>
  `${model.id} is past its end of life${endWords(model)}${replacementWords(model)}`

/** What to tell of a model that serves although it is no longer current; null = nothing. */
export function lifecycleWarning(model: CompiledModel, nowMs: number): string | null {
  const status = lifecycleStatusAt(model, nowMs)
  if (status === 'eol') return endOfLifeWords(model)
  if (status !== 'legacy' && status !== 'deprecated') return null
  const end = model.lifecycle.endsOn === null ? '' : ` and ends on ${model.lifecycle.endsOn}`
  return `${model.id} is ${status}${end}${replacementWords(model)}`
}
