import type { JsonObject, JsonValue } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { invalid } from './failure.ts'
import type { FieldProblem } from './failure.ts'
import { isTrue, messageAt, optionalNumber, optionalText, textsAt } from './fields.ts'
import { isStrict } from './generations.ts'
import { enumMembers } from './schema.ts'
import { readThinking } from './thinking.ts'
import type { Thinking } from './thinking.ts'
import { readSchemaPair } from './tools.ts'

/** What `generationConfig` asks for. */
export interface Generation {
  readonly maxTokens: number | null
  readonly stopSequences: readonly string[]
  readonly candidates: number
  readonly thinking: Thinking
  /** The schema of the JSON that is wanted, invented where any will do; null for words. */
  readonly answerSchema: JsonValue | null
  /** True when one member of an enumeration is wanted, bare. */
  readonly isBareEnum: boolean
  /** How many alternatives to tell beside each token; null when none are asked for. */
  readonly logprobs: number | null
}

const CONFIG = 'generation_config'
const SOME_JSON = { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] }
const MIME_TYPES = ['text/plain', 'application/json', 'application/xml', 'application/yaml', 'text/x.enum']
const SENSIBLE_RANGES: readonly (readonly [field: string, shown: string, lowest: number, highest: number])[] =
  [
    ['temperature', 'temperature', 0, 2],
    ['topP', 'top_p', 0, 1],
    ['presencePenalty', 'presence_penalty', -2, 2],
    ['frequencyPenalty', 'frequency_penalty', -2, 2],
  ]

/** Reads `generationConfig` for a model; adds to `problems` what the vendor's validator tells line by line. */
export function readGeneration(
  request: JsonObject,
  model: SimulatedModel,
  problems: FieldProblem[],
): Generation {
  const config = messageAt(request, 'generationConfig')
  checkRanges(config, problems)
  const maxTokens = optionalNumber(config, 'maxOutputTokens') ?? null
  const stopSequences = textsAt(config, 'stopSequences')
  if (stopSequences.length > 5) {
    problems.push({
      where: `${CONFIG}.stop_sequences`,
      problem: `must contain at most 5 stop sequences, but it has ${stopSequences.length}.`,
    })
  }
  checkModalities(config, model)
  checkPenalties(config, model)
  return {
    maxTokens: maxTokens !== null && maxTokens > 0 ? maxTokens : null,
    stopSequences,
    candidates: readCandidates(config, model, problems),
    thinking: readThinking(config, model, maxTokens),
    logprobs: readLogprobs(config, problems),
    ...readFormat(config, problems),
  }
}

function checkRanges(config: JsonObject, problems: FieldProblem[]): void {
  for (const [field, shown, lowest, highest] of SENSIBLE_RANGES) {
    const value = optionalNumber(config, field)
    if (value === undefined || (value >= lowest && value <= highest)) continue
    problems.push({
      where: `${CONFIG}.${shown}`,
      problem: `${shown} must be in the range [${lowest}.0, ${highest}.0].`,
    })
  }
  for (const [field, shown] of [
    ['maxOutputTokens', 'max_output_tokens'],
    ['topK', 'top_k'],
  ] as const) {
    const value = optionalNumber(config, field)
    if (value !== undefined && value < (field === 'topK' ? 1 : 0)) {
      problems.push({ where: `${CONFIG}.${shown}`, problem: `${shown} must be positive.` })
    }
  }
}

function readCandidates(config: JsonObject, model: SimulatedModel, problems: FieldProblem[]): number {
  const asked = optionalNumber(config, 'candidateCount') ?? 1
  if (asked < 1 || asked > 8) {
    problems.push({
      where: `${CONFIG}.candidate_count`,
      problem: 'candidate_count must be in the range [1, 8].',
    })
    return 1
  }
  if (asked > 1 && (model.generation ?? 0) >= 3) {
    throw invalid(`Multiple candidates is not enabled for models/${model.id}`)
  }
  return asked
}

function readLogprobs(config: JsonObject, problems: FieldProblem[]): number | null {
  const count = optionalNumber(config, 'logprobs')
  const wanted = isTrue(config, 'responseLogprobs')
  if (count !== undefined && !wanted) {
    problems.push({
      where: `${CONFIG}.logprobs`,
      problem: 'logprobs may only be set when response_logprobs is true.',
    })
  }
  if (count !== undefined && (count < 0 || count > 20)) {
    problems.push({ where: `${CONFIG}.logprobs`, problem: 'logprobs must be in the range [0, 20].' })
  }
  return wanted ? (count ?? 0) : null
}

function readFormat(
  config: JsonObject,
  problems: FieldProblem[],
): Pick<Generation, 'answerSchema' | 'isBareEnum'> {
  const mimeType = optionalText(config, 'responseMimeType') ?? 'text/plain'
  if (!MIME_TYPES.includes(mimeType)) {
    problems.push({
      where: `${CONFIG}.response_mime_type`,
      problem: `allowed mimetypes are ${MIME_TYPES.map((type) => `\`${type}\``).join(', ')}.`,
    })
  }
  const older = config['_responseJsonSchema']
  const schema = readSchemaPair(
    older === undefined ? config : { responseJsonSchema: older, ...config },
    { own: 'responseSchema', standard: 'responseJsonSchema', where: CONFIG },
    problems,
  )
  if (schema !== null && mimeType !== 'application/json' && mimeType !== 'text/x.enum') {
    problems.push({
      where: `${CONFIG}.response_schema`,
      problem: 'only allowed when response_mime_type is `application/json` or `text/x.enum`.',
    })
  }
  const isBareEnum = mimeType === 'text/x.enum'
  if (isBareEnum && enumMembers(schema) === null) {
    problems.push({
      where: `${CONFIG}.response_schema`,
      problem: 'must be an enum of STRING for `text/x.enum`.',
    })
  }
  return { answerSchema: mimeType === 'application/json' ? (schema ?? SOME_JSON) : schema, isBareEnum }
}

function checkPenalties(config: JsonObject, model: SimulatedModel): void {
  const penalties = ['presencePenalty', 'frequencyPenalty'].map((field) => optionalNumber(config, field) ?? 0)
  if (isStrict(model) && penalties.some((penalty) => penalty !== 0)) {
    throw invalid(`Penalty is not enabled for models/${model.id}`)
  }
}

function checkModalities(config: JsonObject, model: SimulatedModel): void {
  const wanted = textsAt(config, 'responseModalities')
  if (wanted.every((modality) => modality === 'TEXT')) return
  throw invalid(
    `The requested combination of response modalities (${wanted.join(', ')}) is not supported by the model. ` +
      `models/${model.id} accepts the following combination of response modalities:\n* TEXT\n`,
  )
}
