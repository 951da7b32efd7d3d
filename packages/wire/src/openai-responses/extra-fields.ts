import { isJsonArray } from '../json-fields.ts'
import type { ExtraRule } from '../warning-list.ts'

const take: ExtraRule = { kind: 'take' }
const refuse = (why: string): ExtraRule => ({ kind: 'refuse', why })

/** What this dialect does with fields that the neutral form has no place for (openai SDK 6.49, Converse 2026). */
export const extraRules: ReadonlyMap<string, ExtraRule> = new Map([
  // Anthropic's field of this name is an object.
  ['context_management', { kind: 'take-if', fits: isJsonArray }],
  ['include', take],
  ['max_tool_calls', take],
  ['moderation', take],
  ['prompt_cache_key', take],
  ['prompt_cache_options', take],
  ['prompt_cache_retention', take],
  ['reasoning.context', take],
  ['reasoning.mode', take],
  ['safety_identifier', take],
  ['service_tier', take],
  ['tools', take],
  ['truncation', take],
  ['user', take],
  ['verbosity', take],
  ['store', { kind: 'drop', why: 'answers are not stored here' }],
  ['logit_bias', refuse('the Responses API has no such field; use Chat Completions for it.')],
  ['prediction', { kind: 'drop', why: 'the Responses API has no such field; it only saves time' }],
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
