import type { ExtraRule } from '../warning-list.ts'

const take: ExtraRule = { kind: 'take' }
const refuse = (why: string): ExtraRule => ({ kind: 'refuse', why })
const drop = (why: string): ExtraRule => ({ kind: 'drop', why })

const cachesByMarks = 'this model caches where cache marks stand; it was left out'

/** What Converse does with fields that the neutral form has no place for (openai SDK 6.49, Converse 2026). */
export const extraRules: ReadonlyMap<string, ExtraRule> = new Map([
  ['additionalModelRequestFields', take],
  ['additionalModelResponseFieldPaths', take],
  ['guardrailConfig', take],
  ['performanceConfig', take],
  ['promptVariables', take],
  ['serviceTier', take],
  ['system', take],
  ['toolConfig', take],
  ['logit_bias', refuse('this model takes no bias on tokens; leave it out, or choose an OpenAI model.')],
  ['moderation', refuse('this model is not moderated by OpenAI; leave it out, or choose an OpenAI model.')],
  [
    'web_search_options',
    refuse('this model does not search the web; leave it out, or choose an OpenAI model.'),
  ],
  ['prediction', drop('this model takes no predicted output; it was left out, the answer may come slower')],
  ['prompt_cache_key', drop(cachesByMarks)],
  ['prompt_cache_options', drop(cachesByMarks)],
  ['prompt_cache_retention', drop(cachesByMarks)],
  ['safety_identifier', drop('not sent to this vendor')],
  ['service_tier', drop("OpenAI's tier does not exist here; the vendor's default tier served")],
  ['store', drop('answers are not stored')],
  ['stream_options.include_obfuscation', drop('streams are not padded here')],
  ['user', drop('not sent to this vendor')],
  ['verbosity', drop('this model has no setting for it; it was left out')],
])
