import type { Operation } from '@pointsman/contract'

/** The conventions that are followed; they are still in development. https://github.com/open-telemetry/semantic-conventions-genai (read 2026-11-26) */
export const conventions = 'gen_ai, as of 2026-11-26'

/** `gen_ai.operation.name`. */
export const operationNames: { readonly [Name in Operation]: string } = {
  chat: 'chat',
  'chat-stream': 'chat',
  embed: 'embeddings',
  'count-tokens': 'count_tokens',
}

const providerNames: ReadonlyMap<string, string> = new Map([
  ['bedrock', 'aws.bedrock'],
  ['google', 'gcp.gemini'],
])

/** `gen_ai.provider.name`; `openai` and `anthropic` are the conventions' own words, other names are an operator's. */
export const providerName = (provider: string): string => providerNames.get(provider) ?? provider
