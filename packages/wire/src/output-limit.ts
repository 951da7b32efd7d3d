import type { JsonObject } from '@pointsman/contract'
import type { ScannedRequest } from './dialect.ts'

/** Where the dialects say how long an answer may become. */
const limitPaths: readonly (readonly string[])[] = [
  ['max_tokens'],
  ['max_completion_tokens'],
  ['max_output_tokens'],
  ['inferenceConfig', 'maxTokens'],
  ['generationConfig', 'maxOutputTokens'],
  ['generation_config', 'max_output_tokens'],
]

/** Where they say how many answers there shall be. */
const countPaths: readonly (readonly string[])[] = [['n'], ['generationConfig', 'candidateCount']]

/**
 * The most output tokens that the caller allows, over all answers that it asks for. `perAnswer`
 * is the limit of one answer where the caller sets none. Read for an estimate: a value of a wrong type is told elsewhere.
 */
export function outputLimit({ json }: Pick<ScannedRequest, 'json'>, perAnswer: number): number {
  const stated = limitPaths.flatMap((path) => countAt(json, path))
  const one = stated.length === 0 ? perAnswer : Math.min(perAnswer, Math.max(...stated))
  return one * Math.max(1, ...countPaths.flatMap((path) => countAt(json, path)))
}

function countAt(json: JsonObject, path: readonly string[]): readonly number[] {
  let at: unknown = json
  for (const name of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return []
    at = (at as { readonly [name: string]: unknown })[name]
  }
  return typeof at === 'number' && Number.isFinite(at) && at >= 1 ? [Math.ceil(at)] : []
}
