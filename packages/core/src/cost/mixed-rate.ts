import type { Price } from '@pointsman/contract'

/**
 * One figure to compare models by before a request's length is known: three input tokens for each output
 * token, a common mix of chat traffic. Pico-dollars a token; null when a rate is not known.
 */
export const mixedPicoUsdPerToken = (price: Price | null): number | null =>
  price === null || price.inputPicoUsd === null || price.outputPicoUsd === null
    ? null
    : (3 * price.inputPicoUsd + price.outputPicoUsd) / 4
