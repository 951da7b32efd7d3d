import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { Chance } from './chance.ts'

const MOST_WORDS = 512
/** Directions that are kept while one request is answered: 12 MB of the largest. */
const MOST_KEPT = 1_000

/** Whose vectors, and how long they are. Other ids give other vectors of the same text. */
export interface VectorSpace {
  readonly modelId: string
  readonly dimensions: number
}

type Directions = Map<string, Float32Array>

/**
 * A vector of length 1, the sum of one invented direction for each word: texts that share words lie close together, as
 * those of a real model do.
 */
export const textVector = (text: string, space: VectorSpace): readonly number[] =>
  vectorOf(text, space, new Map())

/**
 * The vectors of many texts, each as `written`. Between two of them is a turn of the event loop: a request of 2,048
 * texts takes seconds, and whoever shares the process would stand still as long.
 */
export async function textVectors<Written>(
  texts: readonly string[],
  space: VectorSpace,
  written: (vector: readonly number[], index: number) => Written,
): Promise<readonly Written[]> {
  const directions: Directions = new Map()
  const all: Written[] = []
  for (const [index, text] of texts.entries()) {
    if (index > 0) await setImmediate()
    all.push(written(vectorOf(text, space, directions), index))
  }
  return all
}

function vectorOf(text: string, space: VectorSpace, directions: Directions): readonly number[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]
  const sum = new Float64Array(space.dimensions)
  for (const word of words.slice(0, MOST_WORDS)) {
    const direction = directionOf(word, space, directions)
    for (let place = 0; place < sum.length; place += 1) {
      sum[place] = (sum[place] ?? 0) + (direction[place] ?? 0)
    }
  }
  const length = Math.hypot(...sum) || 1
  return Array.from(sum, (value) => Math.round((value / length) * 1e8) / 1e8)
}

function directionOf(word: string, { modelId, dimensions }: VectorSpace, known: Directions): Float32Array {
  const found = known.get(word)
  if (found !== undefined) return found
  const chance = new Chance(hash('sha256', `${modelId} ${word}`))
  const direction = new Float32Array(dimensions)
  for (let place = 0; place < dimensions; place += 1) direction[place] = chance.fraction() - 0.5
  if (known.size < MOST_KEPT) known.set(word, direction)
  return direction
}
