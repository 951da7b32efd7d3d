import { PointsmanError } from '@pointsman/contract'
import type { AgentConfiguration } from '../configuration/configuration.ts'
import { base64 } from '../base64.ts'
import type { InvokeRequest, Message } from './messages.ts'

/**
 * The request as the body of a Converse call. What the caller says wins over what is configured for the agent, and what
 * nobody says is left to the vendor. Throws PointsmanError where it cannot be written; callers in JavaScript have no types.
 */
export function converseBody(
  request: InvokeRequest,
  agent: Pick<AgentConfiguration, 'maxTokens' | 'temperature'>,
): Uint8Array {
  const { additionalModelRequestFields, systemPrompt = '', toolChoice, tools = [] } = request
  const body = {
    messages: messagesOf(request).map(written),
    ...(systemPrompt === '' ? {} : { system: [{ text: systemPrompt }] }),
    ...inferenceConfig(request, agent),
    ...(tools.length === 0
      ? {}
      : { toolConfig: { tools, ...(toolChoice === undefined ? {} : { toolChoice }) } }),
    ...(additionalModelRequestFields === undefined ? {} : { additionalModelRequestFields }),
  }
  return new TextEncoder().encode(asJson(body))
}

function messagesOf({ messages }: { readonly messages: unknown }): readonly Message[] {
  if (isList(messages)) return messages
  throw new PointsmanError(
    'invalid_request',
    `messages should be an array, such as [{ role: 'user', content: 'Hello' }], not ${messages === null ? 'null' : typeof messages}.`,
    { field: 'messages' },
  )
}

/** What stands in the list the dialect judges, as it does at a server. */
const isList = (value: unknown): value is readonly Message[] => Array.isArray(value)

function asJson(body: object): string {
  try {
    return JSON.stringify(body, mediaAsText)
  } catch (cause) {
    throw new PointsmanError(
      'invalid_request',
      `The request cannot be written as JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}

const written = (message: Message | null): unknown => {
  if (message === null) return null
  const { content, role } = message
  return { role, content: typeof content === 'string' ? [{ text: content }] : content }
}

function inferenceConfig(
  request: InvokeRequest,
  agent: Pick<AgentConfiguration, 'maxTokens' | 'temperature'>,
): object {
  const maxTokens = request.maxTokens ?? agent.maxTokens
  const temperature = request.temperature ?? agent.temperature
  const { stopSequences, topP } = request
  const config = {
    ...(maxTokens === null ? {} : { maxTokens }),
    ...(temperature === null ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(stopSequences === undefined ? {} : { stopSequences }),
  }
  return Object.keys(config).length === 0 ? {} : { inferenceConfig: config }
}

const mediaAsText = (_name: string, value: unknown): unknown =>
  value instanceof Uint8Array ? base64(value) : value
