import type { ExtraRule } from '../warning-list.ts'

const take: ExtraRule = { kind: 'take' }
const refuse = (why: string): ExtraRule => ({ kind: 'refuse', why })
const drop = (why: string): ExtraRule => ({ kind: 'drop', why })

const cachesByItself = 'Gemini caches by itself; it was left out'
const bedrockOnly = 'exists on Amazon Bedrock only; leave it out, or choose a Bedrock model.'

/** What Gemini does with fields that the neutral form has no place for (@google/genai 2.32, openai SDK 6.49, 2026-11). */
export const extraRules: ReadonlyMap<string, ExtraRule> = new Map([
  ['cachedContent', take],
  ['continuationToken', take],
  ['safetySettings', take],
  ['store', take],
  ['generationConfig.mediaResolution', take],
  ['generationConfig.speechConfig', take],
  ['generationConfig.imageConfig', take],
  ['generationConfig.audioTranscriptionConfig', take],
  ['generationConfig.enableEnhancedCivicAnswers', take],
  ['tools.codeExecution', take],
  ['tools.computerUse', take],
  ['tools.fileSearch', take],
  ['tools.googleMaps', take],
  ['tools.googleSearch', take],
  ['tools.googleSearchRetrieval', take],
  ['tools.mcpServers', take],
  ['tools.urlContext', take],
  ['toolConfig.retrievalConfig', take],
  ['toolConfig.includeServerSideToolInvocations', take],
  ['guardrailConfig', refuse(bedrockOnly)],
  ['promptVariables', refuse(bedrockOnly)],
  ['system', refuse('holds blocks that only Amazon Bedrock takes; send text, or choose a Bedrock model.')],
  ['toolConfig', refuse('holds tools that only Amazon Bedrock has; choose a Bedrock model.')],
  ['logit_bias', refuse('this model takes no bias on tokens; leave it out, or choose an OpenAI model.')],
  ['moderation', refuse('this model is not moderated by OpenAI; leave it out, or choose an OpenAI model.')],
  [
    'web_search_options',
    refuse("this model searches by Google's own tool only; leave it out, or choose an OpenAI model."),
  ],
  [
    'additionalModelResponseFieldPaths',
    drop('these fields exist in the answers of Bedrock models only; they were left out'),
  ],
  ['prediction', drop('this model takes no predicted output; it was left out, the answer may come slower')],
  ['prompt_cache_key', drop(cachesByItself)],
  ['prompt_cache_options', drop(cachesByItself)],
  ['prompt_cache_retention', drop(cachesByItself)],
  ['safety_identifier', drop('not sent to this vendor')],
  ['service_tier', drop("OpenAI's tier does not exist here; the vendor's default tier served")],
  ['stream_options.include_obfuscation', drop('streams are not padded here')],
  ['user', drop('not sent to this vendor')],
  ['verbosity', drop('this model has no setting for it; it was left out')],
])
