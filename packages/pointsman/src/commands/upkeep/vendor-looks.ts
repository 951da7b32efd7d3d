// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import models from '../../../../../catalogue/models.json' with { type: 'json' }
// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import routes from '../../../../../catalogue/routes.json' with { type: 'json' }
import { providerId, type KeptCredential, type Model, type ProviderId } from '@pointsman/contract'
import { readCatalogue } from '@pointsman/control'
import type { VendorLook } from '@pointsman/upkeep'
import type { Settings } from '../../settings.ts'

const atVendor = 'See the limits page of its console; every 429 that it answers is in usage as an attempt.'

/** Each vendor's list of models, which costs nothing to ask; Bedrock has a look of its own. `kept`: what stands before the variables. */
export function vendorLooks(
  settings: Settings,
  kept: ReadonlyMap<ProviderId, KeptCredential>,
): readonly VendorLook[] {
  const keyOf = (id: string, variable: string | null): string | null => {
    const stored = kept.get(providerId(id))
    return stored?.kind === 'bearer' ? stored.token : variable
  }
  const { anthropic, gemini, openai } = settings
  const keys = {
    openai: keyOf('openai', openai.key),
    anthropic: keyOf('anthropic', anthropic.key),
    google: keyOf('google', gemini.key),
  }
  return [
    {
      ...{ id: 'openai', wanted: wantedOf('openai'), quotas: atVendor },
      missing: keys.openai === null ? 'OPENAI_API_KEY' : null,
      list: {
        url: `${openai.baseUrl ?? 'https://api.openai.com/v1'}/models`,
        headers: { authorization: `Bearer ${keys.openai ?? ''}` },
      },
      ids: (body) => idsIn(body, 'data', 'id'),
    },
    {
      ...{ id: 'anthropic', wanted: wantedOf('anthropic'), quotas: atVendor },
      missing: keys.anthropic === null ? 'ANTHROPIC_API_KEY' : null,
      list: {
        url: `${anthropic.baseUrl ?? 'https://api.anthropic.com'}/v1/models?limit=1000`,
        headers: { 'x-api-key': keys.anthropic ?? '', 'anthropic-version': '2023-06-01' },
      },
      ids: (body) => idsIn(body, 'data', 'id'),
    },
    {
      ...{ id: 'google', wanted: wantedOf('google'), quotas: atVendor },
      missing: keys.google === null ? 'GEMINI_API_KEY' : null,
      list: {
        url: `${gemini.baseUrl ?? 'https://generativelanguage.googleapis.com'}/v1beta/models?pageSize=1000`,
        headers: { 'x-goog-api-key': keys.google ?? '' },
      },
      ids: (body) => idsIn(body, 'models', 'name').map((name) => name.replace(/^models\//, '')),
    },
  ]
}

/** What the shipped routes lead to at this provider. */
export function wantedModels(provider: string): readonly Model[] {
  const catalogue = readCatalogue(models, routes)
  const targets = new Set(
    catalogue.routes.flatMap(({ candidates, target }) => [
      ...(target === null ? [] : [target]),
      ...candidates.map(({ modelId }) => modelId),
    ]),
  )
  return catalogue.models.filter((model) => model.provider === provider && targets.has(model.id))
}

const wantedOf = (provider: string): readonly string[] =>
  wantedModels(provider).map(({ upstreamId }) => upstreamId)

function idsIn(body: unknown, list: string, name: string): readonly string[] {
  const items = (body as { readonly [member: string]: unknown } | null)?.[list]
  if (!Array.isArray(items)) return []
  return items.flatMap((item: unknown) => {
    const id = (item as { readonly [member: string]: unknown } | null)?.[name]
    return typeof id === 'string' ? [id] : []
  })
}
