import type { Prompt } from '../answer/prompt.ts'
import { estimatePromptTokens } from '../answer/token-estimate.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import type { Address, GenerateOperation } from './address.ts'
import { batchEmbedContents, embedContent } from './embeddings.ts'
import { invalid } from './failure.ts'
import { messagesAt, optionalMessage, textAt } from './fields.ts'
import { readGenerateRequest } from './generate-request.ts'
import type { GenerateRequest } from './generate-request.ts'
import type { Framing } from './generate-answer.ts'
import { checkModelRules } from './model-rules.ts'
import type { GeminiModels } from './model-rules.ts'
import { readProto } from './proto-reader.ts'
import { checkModelName } from './resource-name.ts'
import { promptModalities } from './usage.ts'

/** A request of one of the two operations that a model answers, read and found valid for it. */
export interface ModelCall extends GenerateRequest {
  readonly model: SimulatedModel
  readonly streams: boolean
  readonly framing: Framing
}

/** Reads a body for a model; throws the failure that the API would answer with. */
export function readModelCall(
  address: Address & { readonly operation: GenerateOperation },
  models: GeminiModels,
  body: Buffer,
): ModelCall {
  const streams = address.operation === 'stream-generate-content'
  const message = readProto(body, 'GenerateContentRequest')
  const model = models.resolve(address.modelId, {
    method: streams ? 'streamGenerateContent' : 'generateContent',
    version: address.version,
  })
  checkModelName(textAt(message, 'model'), model, 'GenerateContentRequest')
  const request = readGenerateRequest(message, model)
  checkModelRules(request.prompt, model)
  if (streams && request.generation.candidates > 1) {
    throw invalid('Only one candidate can be specified when streaming.')
  }
  const framing = address.query.get('alt') === 'sse' ? 'server-sent-events' : 'json-array'
  return { ...request, model, streams, framing }
}

/** Answers countTokens: of bare contents, or of a whole request with its tools and system instruction. */
export function countTokens(address: Address, models: GeminiModels, body: Buffer): string {
  const message = readProto(body, 'CountTokensRequest')
  const model = models.resolve(address.modelId, { method: 'countTokens', version: address.version })
  const whole = optionalMessage(message, 'generateContentRequest')
  const contents = messagesAt(message, 'contents')
  if (whole !== undefined && contents.length > 0) {
    throw invalid('Only one of contents and generate_content_request can be set.')
  }
  const request = whole ?? { contents }
  checkModelName(textAt(request, 'model'), model, 'CountTokensRequest.generate_content_request')
  const { prompt } = readGenerateRequest(request, model)
  return counted(prompt, model)
}

function counted(prompt: Prompt, model: SimulatedModel): string {
  const told = {
    totalTokens: estimatePromptTokens(prompt),
    promptTokensDetails: promptModalities(prompt, model),
  }
  return `${JSON.stringify(told, null, 2)}\n`
}

/** Answers embedContent and batchEmbedContents. */
export async function embed(address: Address, models: GeminiModels, body: Buffer): Promise<string> {
  const isBatch = address.operation === 'batch-embed-contents'
  const message = readProto(body, isBatch ? 'BatchEmbedContentsRequest' : 'EmbedContentRequest')
  const model = models.resolve(address.modelId, { method: 'embedContent', version: address.version })
  checkModelName(
    textAt(message, 'model'),
    model,
    isBatch ? 'BatchEmbedContentsRequest' : 'EmbedContentRequest',
  )
  return isBatch ? batchEmbedContents(message, model) : embedContent(message, model)
}
