import { bindingField } from '../claude-bound-thoughts.ts'
import { isJsonObject } from '../json-fields.ts'
import type { ExtraRule } from '../warning-list.ts'

const take: ExtraRule = { kind: 'take' }
const refuse = (why: string): ExtraRule => ({ kind: 'refuse', why })
const drop = (why: string): ExtraRule => ({ kind: 'drop', why })

const cachesByMarks = 'this model caches where cache marks stand; it was left out'

/**
 * What Messages does with fields that the neutral form has no place for (openai SDK 6.49, Converse 2026,
 * @anthropic-ai/sdk 1.14). Tools of Anthropic's own are put back by write-tools.ts.
 */
export const extraRules: ReadonlyMap<string, ExtraRule> = new Map([
  ['container', take],
  // The Responses API's field of this name is an array.
  ['context_management', { kind: 'take-if', fits: isJsonObject }],
  ['diagnostics', take],
  ['inference_geo', take],
  ['mcp_servers', take],
  ['output_config.task_budget', take],
  ['speed', take],
  ['thinking', take],
  // Written within `thinking`.
  [bindingField, take],
  ['user_profile_id', take],
  ['workspace_id', take],
  // Written as metadata.user_id, which asks for the same.
  ['safety_identifier', take],
  ['user', take],
  ['guardrailConfig', refuse('guardrails exist on Amazon Bedrock only; choose a Bedrock model.')],
  ['promptVariables', refuse('stored prompts exist on Amazon Bedrock only; choose a Bedrock model.')],
  ['system', refuse('holds blocks that only Amazon Bedrock takes; send text, or choose a Bedrock model.')],
  ['toolConfig', refuse('holds tools that only Amazon Bedrock has; choose a Bedrock model.')],
  ['logit_bias', refuse('this model takes no bias on tokens; leave it out, or choose an OpenAI model.')],
  ['moderation', refuse('this model is not moderated by OpenAI; leave it out, or choose an OpenAI model.')],
  [
    'web_search_options',
    refuse('OpenAI’s web search is not this model’s; leave it out, or choose an OpenAI model.'),
  ],
  [
    'additionalModelResponseFieldPaths',
    drop('these fields exist in the answers of Bedrock models only; they were left out'),
  ],
  ['prediction', drop('this model takes no predicted output; it was left out, the answer may come slower')],
  ['prompt_cache_key', drop(cachesByMarks)],
  ['prompt_cache_options', drop(cachesByMarks)],
  ['prompt_cache_retention', drop(cachesByMarks)],
  ['service_tier', drop("OpenAI's tier does not exist here; the vendor's default tier served")],
  ['serviceTier', drop("Bedrock's tier does not exist here; the vendor's default tier served")],
  ['store', drop('answers are not stored')],
  ['stream_options.include_obfuscation', drop('streams are not padded here')],
  ['verbosity', drop('this model has no setting for it; it was left out')],
])
