import type { ExtraRule } from '../warning-list.ts'

const take: ExtraRule = { kind: 'take' }
const refuse = (why: string): ExtraRule => ({ kind: 'refuse', why })

/** What this dialect does with fields that the neutral form has no place for (openai SDK 6.49, Converse 2026). */
export const extraRules: ReadonlyMap<string, ExtraRule> = new Map([
  ['logit_bias', take],
  ['moderation', take],
  ['prediction', take],
  ['prompt_cache_key', take],
  ['prompt_cache_options', take],
  ['prompt_cache_retention', take],
  ['safety_identifier', take],
  ['service_tier', take],
  ['store', take],
  ['user', take],
  ['verbosity', take],
  ['web_search_options', take],
  ['guardrailConfig', refuse('guardrails exist on Amazon Bedrock only; choose a Bedrock model.')],
  ['promptVariables', refuse('stored prompts exist on Amazon Bedrock only; choose a Bedrock model.')],
  ['system', refuse('holds blocks that only Amazon Bedrock takes; send text, or choose a Bedrock model.')],
  ['toolConfig', refuse('holds tools that only Amazon Bedrock has; choose a Bedrock model.')],
  [
    'additionalModelResponseFieldPaths',
    { kind: 'drop', why: 'these fields exist in the answers of Bedrock models only; they were left out' },
  ],
  ['stream_options.include_obfuscation', { kind: 'drop', why: 'streams are not padded here' }],
])
