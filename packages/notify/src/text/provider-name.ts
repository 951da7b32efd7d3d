import { displayedText, longest } from './displayed-text.ts'

/** Makers of models, as catalogues write them → as they write themselves. */
const names: ReadonlyMap<string, string> = new Map([
  ['ai21', 'AI21 Labs'],
  ['amazon', 'Amazon'],
  ['anthropic', 'Anthropic'],
  ['cohere', 'Cohere'],
  ['deepseek', 'DeepSeek'],
  ['google', 'Google'],
  ['meta', 'Meta'],
  ['mistral', 'Mistral AI'],
  ['moonshot', 'Moonshot AI'],
  ['nvidia', 'NVIDIA'],
  ['openai', 'OpenAI'],
  ['qwen', 'Qwen'],
  ['writer', 'Writer'],
])

/**
 * Who made a model: what is said of it, else what its id says, as Bedrock's do (`eu.amazon.nova-pro-v1:0`). Null where
 * neither tells.
 */
export function providerName(provider: string | null | undefined, modelId: string): string | null {
  const said = displayedText(provider, longest.name)
  if (said !== '') return names.get(said.toLowerCase()) ?? said
  const id = displayedText(modelId, longest.name)
  const parts = id.slice(id.lastIndexOf('/') + 1).split('.')
  return parts.flatMap((part) => names.get(part) ?? [])[0] ?? null
}
