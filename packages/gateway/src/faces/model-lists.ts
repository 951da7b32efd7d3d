import type { LifecycleStatus } from '@pointsman/contract'
import type { ModelsFace } from '../routes.ts'
import type { ListedModel } from './models.ts'

interface ModelList {
  one(model: ListedModel): object
  all(models: readonly ListedModel[]): object
}

const openai = ({ id, createdAtMs, owner }: ListedModel) => ({
  id,
  object: 'model',
  created: Math.floor(createdAtMs / 1_000),
  owned_by: owner,
})

/** Anthropic's words, of which typed clients must have one (@anthropic-ai/sdk 1.14, `ModelInfo.lifecycle`). */
const anthropicStages: { readonly [Status in LifecycleStatus]: string } = {
  active: 'active',
  preview: 'active',
  legacy: 'deprecated',
  deprecated: 'deprecated',
  eol: 'retired',
}

/** All members of `ModelInfo`; null is Anthropic's own word for what is not known, too. */
const anthropic = ({ id, name, createdAtMs, contextTokens, maxOutputTokens, lifecycle }: ListedModel) => ({
  type: 'model',
  id,
  display_name: name,
  created_at: new Date(createdAtMs).toISOString(),
  max_input_tokens: contextTokens,
  max_tokens: maxOutputTokens,
  lifecycle: anthropicStages[lifecycle.status],
  retires_at: lifecycle.endsOn === null ? null : new Date(lifecycle.endsOn).toISOString(),
  deprecated_at: null,
  capabilities: null,
  line: null,
})

const gemini = (model: ListedModel) => ({
  name: `models/${model.id}`,
  displayName: model.name,
  ...(model.contextTokens === null ? {} : { inputTokenLimit: model.contextTokens }),
  ...(model.maxOutputTokens === null ? {} : { outputTokenLimit: model.maxOutputTokens }),
  supportedGenerationMethods:
    model.purpose === 'chat'
      ? ['generateContent', 'streamGenerateContent', 'countTokens']
      : ['embedContent', 'batchEmbedContents'],
})

/** Lists of models in each vendor's form. All stand on one page: a client that pages is told that there is no next one. */
export const modelLists: { readonly [Face in ModelsFace]: ModelList } = {
  'openai-chat': { one: openai, all: (models) => ({ object: 'list', data: models.map(openai) }) },
  'anthropic-messages': {
    one: anthropic,
    all: (models) => ({
      data: models.map(anthropic),
      has_more: false,
      first_id: models[0]?.id ?? null,
      last_id: models.at(-1)?.id ?? null,
    }),
  },
  gemini: { one: gemini, all: (models) => ({ models: models.map(gemini) }) },
}
