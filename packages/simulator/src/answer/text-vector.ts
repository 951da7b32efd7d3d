import { hash } from 'node:crypto'
import { Chance } from './chance.ts'

const MOST_WORDS = 512

/**
 * A vector of length 1, the sum of one invented direction for each word: texts that share words lie close together, as
 * those of a real model do.
 */
export function textVector(text: string, modelId: string, dimensions: number): readonly number[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]
  const sum = new Float64Array(dimensions)
  for (const word of words.slice(0, MOST_WORDS)) {
    const chance = new Chance(hash('sha256', `${modelId} ${word}`))
    for (let place = 0; place < dimensions; place += 1) {
      sum[place] = (sum[place] ?? 0) + chance.fraction() - 0.5
    }
  }
  const length = Math.hypot(...sum) || 1
  return Array.from(sum, (value) => Number((value / length).toFixed(8)))
}
