import { isUtf8 } from 'node:buffer'
import type { Prompt } from '../answer/prompt.ts'
import { offeredTools } from '../answer/prompt.ts'
import { estimatePromptTokens } from '../answer/token-estimate.ts'
import { onlyKnown, optionalFlag, optionalOneOf, text } from '../claude/fields.ts'
import { hasBeta } from '../claude/mid-conversation.ts'
import { ClaudeProblem } from '../claude/problem.ts'
import { readClaudeBody } from '../claude/request.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import type { AnthropicVersion } from './authentication.ts'
import { AnthropicFailure, invalid } from './failure.ts'
import type { AnthropicModels } from './models.ts'

/** A request for a message, read and found valid as far as it can be without knowing the model. */
export interface MessageRequest {
  readonly modelId: string
  readonly prompt: Prompt
  readonly streams: boolean
  readonly isFast: boolean
  /** Where the model is to run; null = anywhere. */
  readonly place: string | null
  /** It asks for a speed, without the beta that some models want for that. */
  readonly isSpeedWithoutBeta: boolean
}

const COUNTED_MEMBERS = (
  'model messages system tools tool_choice thinking output_config output_format cache_control speed ' +
  'context_management'
).split(' ')
const MESSAGE_MEMBERS = [
  ...COUNTED_MEMBERS,
  ...(
    'max_tokens stream stop_sequences temperature top_p top_k metadata service_tier inference_geo diagnostics ' +
    'container mcp_servers'
  ).split(' '),
]

/** Taken only with a beta whose name begins so. */
const BETA_BY_MEMBER: readonly (readonly [string, string])[] = [
  ['context_management', 'context-management-'],
  ['mcp_servers', 'mcp-client-'],
]

/** Reads the body of `POST /v1/messages`, or of its token count. Throws AnthropicFailure. */
export function readMessageRequest(
  root: JsonObject,
  version: AnthropicVersion,
  counts: boolean,
  models: AnthropicModels,
): MessageRequest {
  return inTheVendorsName(() => {
    onlyKnown(root, '', counts ? COUNTED_MEMBERS : MESSAGE_MEMBERS)
    checkBetas(root, version.betas)
    const modelId = text(root['model'], 'model')
    if (modelId === '') throw invalid('model: String should have at least 1 character')
    optionalOneOf(root['service_tier'], 'service_tier', ['auto', 'standard_only'])
    const speed = optionalOneOf(root['speed'], 'speed', ['standard', 'fast'])
    checkAbsentServices(root)
    const prompt = readClaudeBody(root, {
      strict: version.strict,
      counts,
      platform: 'anthropic',
      model: models.find(modelId) ?? {},
      betas: version.betas,
    })
    return {
      modelId,
      prompt,
      streams: optionalFlag(root['stream'], 'stream'),
      isFast: speed === 'fast',
      place: optionalOneOf(root['inference_geo'], 'inference_geo', ['global', 'us', 'eu']) ?? null,
      isSpeedWithoutBeta: root['speed'] !== undefined && !hasBeta(version.betas, 'fast-mode-'),
    }
  })
}

/**
 * Which models have fast mode, and which of them only under its beta: Opus 4.8 and 5 (platform.claude.com and code.claude.com,
 * fast mode, read 2026-11-27). That of Opus 4.8 ends on 2026-11-30; the simulator knows no day, so a fault script says so.
 */
const FAST_FROM: ReadonlyMap<string, number> = new Map([
  ['opus', 4.8],
  ['fable', 5.2],
])

const hasFastMode = ({ generation, tier }: SimulatedModel): boolean =>
  (generation ?? 0) >= (FAST_FROM.get(tier ?? '') ?? Infinity)

/** To a model that wants the beta the member is unknown without it, in a count too. Throws AnthropicFailure. */
export function checkSpeedBeta({ isSpeedWithoutBeta }: MessageRequest, model: SimulatedModel): void {
  const wantsBeta = model.tier === 'opus' && hasFastMode(model) && (model.generation ?? 0) <= 5
  if (isSpeedWithoutBeta && wantsBeta) throw invalid('speed: Extra inputs are not permitted')
}

/** Throws AnthropicFailure. */
export function checkSpeed(request: MessageRequest, model: SimulatedModel): void {
  checkSpeedBeta(request, model)
  if (!request.isFast || hasFastMode(model)) return
  throw invalid(`speed: 'fast' is not available for ${request.modelId.slice(0, 256)}`)
}

function checkBetas(root: JsonObject, betas: readonly string[]): void {
  for (const [member, beginning] of BETA_BY_MEMBER) {
    if (root[member] === undefined || hasBeta(betas, beginning)) continue
    throw invalid(`${member}: Extra inputs are not permitted`)
  }
}

/** The simulator has no containers and no MCP servers: it says so. */
function checkAbsentServices(root: JsonObject): void {
  const servers = root['mcp_servers']
  if (servers !== undefined && servers !== null && !(Array.isArray(servers) && servers.length === 0)) {
    throw invalid('mcp_servers: this simulator reaches no MCP servers')
  }
  const container = root['container']
  if (container !== undefined && container !== null) {
    throw new AnthropicFailure('not_found_error', 'container: this simulator has no containers')
  }
}

/** Parses a body. Throws AnthropicFailure for what is not a JSON object. */
export function parseBody(body: Buffer): JsonObject {
  if (!isUtf8(body)) throw invalid('The request body is not valid JSON: invalid utf-8')
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(`The request body is not valid JSON: ${error.message}`)
    throw error
  }
  if (!isJsonObject(parsed)) throw invalid('Input should be an object')
  return parsed
}

function inTheVendorsName<Read>(read: () => Read): Read {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ClaudeProblem)) throw error
    throw new AnthropicFailure(
      error.kind === 'invalid' ? 'invalid_request_error' : 'not_found_error',
      error.message,
    )
  }
}

/** Refuses what a model cannot do, in the vendor's words. What is not known of a model is let pass. */
export function checkAbilities(prompt: Prompt, model: SimulatedModel, modelId: string): void {
  const { abilities, maxOutputTokens, contextTokens } = model
  if (abilities.tools === false && offeredTools(prompt).length > 0) {
    throw invalid(`tools: ${modelId} does not support tool use`)
  }
  if (abilities.images === false && holds(prompt, 'image')) {
    throw invalid(`${modelId} does not support image input`)
  }
  if (abilities.documents === false && holds(prompt, 'document')) {
    throw invalid(`${modelId} does not support document input`)
  }
  if (abilities.reasoning === false && prompt.reasoning !== null) {
    throw invalid(`thinking: ${modelId} does not support thinking`)
  }
  const { maxTokens } = prompt
  if (maxTokens !== null && maxOutputTokens !== null && maxTokens > maxOutputTokens) {
    throw invalid(
      `max_tokens: ${maxTokens} > ${maxOutputTokens}, which is the maximum allowed number of output tokens for ${modelId}`,
    )
  }
  const tokens = estimatePromptTokens(prompt)
  if (contextTokens !== null && tokens > contextTokens) {
    throw invalid(`prompt is too long: ${tokens} tokens > ${contextTokens} maximum`)
  }
}

function holds(prompt: Prompt, kind: 'image' | 'document'): boolean {
  return prompt.messages.some((message) => message.blocks.some((block) => block.kind === kind))
}
