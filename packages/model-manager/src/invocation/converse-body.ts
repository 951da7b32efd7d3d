import type { AgentConfiguration } from '../configuration/configuration.ts'
import { base64 } from './base64.ts'
import type { InvokeRequest, Message } from './messages.ts'

/**
 * The request as the body of a Converse call. What the caller says wins over what is configured for the agent, and what
 * nobody says is left to the vendor.
 */
export function converseBody(
  request: InvokeRequest,
  agent: Pick<AgentConfiguration, 'maxTokens' | 'temperature'>,
): Uint8Array {
  const { additionalModelRequestFields, systemPrompt = '', toolChoice, tools = [] } = request
  const body = {
    messages: request.messages.map(written),
    ...(systemPrompt === '' ? {} : { system: [{ text: systemPrompt }] }),
    ...inferenceConfig(request, agent),
    ...(tools.length === 0
      ? {}
      : { toolConfig: { tools, ...(toolChoice === undefined ? {} : { toolChoice }) } }),
    ...(additionalModelRequestFields === undefined ? {} : { additionalModelRequestFields }),
  }
  return new TextEncoder().encode(JSON.stringify(body, mediaAsText))
}

const written = ({ content, role }: Message) => ({
  role,
  content: typeof content === 'string' ? [{ text: content }] : content,
})

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
