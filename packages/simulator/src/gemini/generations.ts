import type { SimulatedModel } from '../simulated-model.ts'

/*
 * What models of one API refuse and others take, by generation and tier, from the vendor's pages on thinking and on its
 * single models (2026-10).
 */

/** How a model may be asked to think. */
export interface ThinkingRange {
  readonly takesLevels: boolean
  /** The least and the most that a budget may be, beside 0 where it can be turned off and -1. */
  readonly budgets: readonly [number, number]
  readonly canTurnOff: boolean
  /** Levels that it does not have. */
  readonly missing: readonly string[]
}

export function thinkingRange(model: SimulatedModel): ThinkingRange {
  const generation = model.generation ?? 3
  const isPro = model.tier === 'pro'
  if (generation >= 3) {
    const missing = isPro || (model.tier === 'flash' && generation >= 3.7) ? ['MINIMAL'] : []
    return { takesLevels: true, budgets: [1, 32_768], canTurnOff: !isPro, missing }
  }
  if (isPro) return { takesLevels: false, budgets: [128, 32_768], canTurnOff: false, missing: [] }
  const least = model.tier === 'flash-lite' ? 512 : 1
  return { takesLevels: false, budgets: [least, 24_576], canTurnOff: true, missing: [] }
}

/**
 * True for the models with which the vendor gave up penalties and answers that the caller begins: 3.5 Flash-Lite, and
 * what came after it.
 */
export function isStrict(model: SimulatedModel): boolean {
  const generation = model.generation ?? 0
  return generation >= 3.6 || (generation >= 3.5 && model.tier === 'flash-lite')
}

/** From 3.6 on responses of functions come in the role of the user alone (blakeblackshear/frigate pull 24013, 2026-08). */
export const takesFunctionRole = (model: SimulatedModel): boolean => (model.generation ?? 0) < 3.6

/** From the third generation on pages of documents are counted as images. */
export function countsPagesAsImages(model: SimulatedModel): boolean {
  return (model.generation ?? 0) >= 3
}
