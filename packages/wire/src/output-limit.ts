import type { DialectName, JsonObject } from '@pointsman/contract'
import type { ScannedRequest } from './dialect.ts'

type Path = readonly string[]

interface OutputPlaces {
  /** Where a face says how long an answer may become. */
  readonly limits: readonly Path[]
  /** Where it says how many answers there shall be. */
  readonly counts: readonly Path[]
}

const geminiConfig = (...names: readonly string[]): readonly Path[] =>
  ['generationConfig', 'generation_config'].flatMap((config) => names.map((name) => [config, name]))

// Embeddings have no output that is counted.
const nowhere: OutputPlaces = { limits: [], counts: [] }

/** By face: a member that means something elsewhere is read by no vendor here, and must not make the estimate smaller. */
const placesOf: { readonly [Face in DialectName]: OutputPlaces } = {
  'openai-chat': { limits: [['max_tokens'], ['max_completion_tokens']], counts: [['n']] },
  'openai-responses': { limits: [['max_output_tokens']], counts: [] },
  'anthropic-messages': { limits: [['max_tokens']], counts: [] },
  'bedrock-converse': { limits: [['inferenceConfig', 'maxTokens']], counts: [] },
  'bedrock-invoke-claude': { limits: [['max_tokens']], counts: [] },
  'bedrock-invoke-nova': {
    limits: ['maxTokens', 'max_new_tokens'].map((name) => ['inferenceConfig', name]),
    counts: [],
  },
  'bedrock-invoke-titan': nowhere,
  'bedrock-invoke-cohere': nowhere,
  gemini: {
    limits: geminiConfig('maxOutputTokens', 'max_output_tokens'),
    counts: geminiConfig('candidateCount', 'candidate_count'),
  },
  'native-chat': { limits: [['maxTokens'], ['max_tokens']], counts: [] },
}

/** OpenAI's own maximum of `n`, the highest of all: a larger one is refused by the vendor, and would reserve what no limit holds. */
const mostAnswers = 128

/**
 * The most output tokens that the caller allows, over all answers that it asks for. `perAnswer`
 * is the limit of one answer where the caller sets none. Read for an estimate: a value of a wrong type is told elsewhere.
 */
export function outputLimit(
  face: DialectName,
  { json }: Pick<ScannedRequest, 'json'>,
  perAnswer: number,
): number {
  const { counts, limits } = placesOf[face]
  const stated = limits.flatMap((path) => countAt(json, path))
  const one = stated.length === 0 ? perAnswer : Math.min(perAnswer, Math.max(...stated))
  return one * Math.min(mostAnswers, Math.max(1, ...counts.flatMap((path) => countAt(json, path))))
}

function countAt(json: JsonObject, path: Path): readonly number[] {
  let at: unknown = json
  for (const name of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return []
    at = (at as { readonly [name: string]: unknown })[name]
  }
  return typeof at === 'number' && Number.isFinite(at) && at >= 1 ? [Math.ceil(at)] : []
}
