import type { Prompt } from '../answer/prompt.ts'
import { ClaudeProblem } from '../claude/problem.ts'
import { readClaudeBody } from '../claude/request.ts'
import { checkSearchOnBedrock } from '../claude/tool-search.ts'
import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { BedrockFailure, validation } from './failure.ts'
import { malformed } from './fields.ts'

const STRICT_VERSION = '2026-10-21'
const VERSIONS = ['bedrock-2023-05-31', STRICT_VERSION]
const ROOT_KEYS = new Set(
  (
    'anthropic_version anthropic_beta max_tokens messages system tools tool_choice stop_sequences temperature top_p ' +
    'top_k thinking metadata output_config output_format context_management mcp_servers service_tier cache_control'
  ).split(' '),
)

/**
 * Reads the body that InvokeModel takes for Claude: Anthropic's Messages, with a version and without model or stream.
 * Bedrock itself looks at the root only; the rest is refused in Anthropic's words.
 */
export function readClaudeRequest(body: JsonObject, model: SimulatedModel): Prompt {
  const extraneous = Object.keys(body).find((key) => !ROOT_KEYS.has(key))
  if (extraneous !== undefined)
    throw malformed(`#: extraneous key [${extraneous.slice(0, 100)}] is not permitted`)
  for (const key of ['anthropic_version', 'max_tokens', 'messages']) {
    if (body[key] === undefined) throw malformed(`#: required key [${key}] not found`)
  }
  const version = body['anthropic_version']
  if (typeof version !== 'string' || !VERSIONS.includes(version)) {
    throw validation(`anthropic_version: Input should be '${VERSIONS.join("' or '")}'`)
  }
  const maxTokens = body['max_tokens']
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens) || maxTokens < 1) {
    throw malformed(`#/max_tokens: ${JSON.stringify(maxTokens)} is not greater or equal to 1`)
  }
  const rules = {
    strict: version === STRICT_VERSION,
    counts: false,
    model,
    platform: 'bedrock' as const,
    betas: betasOf(body),
  }
  return inBedrocksName(() => {
    checkSearchOnBedrock(body['tools'], rules.betas)
    return readClaudeBody(body, rules)
  })
}

/** Bedrock takes them in the body (AWS Bedrock user guide, Claude Messages API, 2026-11). */
export const betasOf = (members: JsonObject): readonly string[] =>
  Array.isArray(members['anthropic_beta']) ? members['anthropic_beta'].map(String) : []

/** Whether a member of Claude's own may stand at the root of its body. */
export const isClaudeMember = (name: string): boolean => ROOT_KEYS.has(name)

/** Runs a reader of Claude's own; what it finds wrong is a ValidationException here. */
export function inBedrocksName<Read>(read: () => Read, introduction = ''): Read {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ClaudeProblem)) throw error
    throw error.kind === 'invalid'
      ? validation(`${introduction}${error.message}`)
      : new BedrockFailure('ResourceNotFoundException', error.message)
  }
}
