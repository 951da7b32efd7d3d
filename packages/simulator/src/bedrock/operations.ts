import type { Prompt } from '../answer/prompt.ts'
import { estimatePromptTokens } from '../answer/token-estimate.ts'
import type { StreamFormat } from '../emission/stream-emission.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import type { RuntimeOperation } from './address.ts'
import { converseBody, ConverseStream } from './converse-answer.ts'
import { readConverseRequest, SERVICE_TIERS } from './converse-request.ts'
import { validation } from './failure.ts'
import { checkEnum, parseBody, requiredObject, requiredString, unionKey } from './fields.ts'
import { invokeFormats } from './invoke-formats.ts'
import type { InvokeFormat } from './invoke-formats.ts'
import { checkModelQuirks } from './model-quirks.ts'
import { checkClaudeRules, checkModelRules } from './model-rules.ts'
import type { ModelDirectory } from './model-resolution.ts'
import type { Serving } from './serving.ts'

/** A request of one of the four operations that a model answers, read and found valid for it. */
export interface ModelCall {
  readonly model: SimulatedModel
  readonly prompt: Prompt
  readonly streams: boolean
  /** True for InvokeModel, whose answers have a few headers of their own. */
  readonly isInvoke: boolean
  readonly options: Pick<Serving, 'performanceLatency' | 'serviceTier' | 'responseFieldPaths'>
  readonly body: (serving: Serving) => string
  readonly stream: (serving: Serving) => StreamFormat
}

const NO_OPTIONS = { performanceLatency: null, serviceTier: null, responseFieldPaths: [] } as const

/** InvokeModel says in headers what Converse has in its body, of the request and of the answer. */
export const TIER_HEADER = 'x-amzn-bedrock-service-tier'

/** A request for a model. */
export interface ModelRequest {
  readonly operation: RuntimeOperation
  readonly body: Buffer
  readonly tierHeader: string | undefined
}

/** Reads a body for a model; throws the failure that Bedrock would answer with. */
export function readModelCall(
  { body, operation, tierHeader }: ModelRequest,
  model: SimulatedModel,
): ModelCall {
  const streams = operation === 'converse-stream' || operation === 'invoke-with-response-stream'
  if (operation === 'converse' || operation === 'converse-stream') {
    const { prompt, thinking, ...options } = readConverseRequest(parseBody(body), model)
    checkModelRules(prompt, model, streams)
    checkModelQuirks(prompt, model)
    return {
      model,
      prompt: model.format === 'claude' ? checkClaudeRules(prompt, thinking, model) : prompt,
      streams,
      isInvoke: false,
      options,
      body: converseBody,
      stream: (serving) => new ConverseStream(serving),
    }
  }
  if (model.purpose !== 'chat') throw validation('The model is unsupported for streaming.')
  const format = invokeFormatOf(model)
  const prompt = format.read(parseBody(body), model)
  checkEnum(tierHeader, 'serviceTier', SERVICE_TIERS)
  checkModelRules(prompt, model, streams)
  return {
    model,
    prompt,
    streams,
    isInvoke: true,
    options: { ...NO_OPTIONS, serviceTier: tierHeader ?? null },
    body: format.body,
    stream: format.stream,
  }
}

/** Answers CountTokens: `{"inputTokens":n}`. It takes base ids only, and few models. */
export function countTokens(
  directory: ModelDirectory,
  place: { modelId: string; region: string },
  body: Buffer,
): string {
  const model = directory.resolveBase(place.modelId, place.region)
  if (model.format !== 'claude') throw validation("The provided model doesn't support counting tokens.")
  const input = requiredObject(parseBody(body)['input'], 'input')
  const key = unionKey(input, 'input', ['converse', 'invokeModel'])
  const member = requiredObject(input[key], `input.${key}`)
  // A count generates nothing: what this generation of the model takes is not asked, as in Anthropic's own count.
  const counted = { ...model, generation: null }
  const prompt =
    key === 'converse'
      ? readConverseRequest(member, counted).prompt
      : invokeFormatOf(model).read(
          parseBody(Buffer.from(requiredString(member['body'], 'input.invokeModel.body'), 'base64')),
          counted,
        )
  return JSON.stringify({ inputTokens: estimatePromptTokens(prompt) })
}

function invokeFormatOf(model: SimulatedModel): InvokeFormat {
  const format = invokeFormats.get(model.format)
  if (format !== undefined) return format
  throw validation(
    `This simulator answers InvokeModel for the body formats ${[...invokeFormats.keys()].join(' and ')} only. Use Converse for ${model.id}.`,
  )
}
