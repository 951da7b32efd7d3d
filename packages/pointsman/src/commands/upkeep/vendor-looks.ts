// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import models from '../../../../../catalogue/models.json' with { type: 'json' }
// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import routes from '../../../../../catalogue/routes.json' with { type: 'json' }
import { providerId, type KeptCredential, type ProviderId } from '@pointsman/contract'
import { readCatalogue } from '@pointsman/control'
import { BedrockCredentials, bedrockCredentialHint } from '@pointsman/engine'
import type { VendorLook } from '@pointsman/upkeep'
import { awsChain } from '../../serve/aws-chain.ts'
import type { Settings } from '../../settings.ts'

const atVendor = 'See the limits page of its console; every 429 that it answers is in usage as an attempt.'

/** Each vendor's list of models, which costs nothing to ask. `kept`: what stands before the variables. */
export async function vendorLooks(
  settings: Settings,
  kept: ReadonlyMap<ProviderId, KeptCredential>,
): Promise<readonly VendorLook[]> {
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
    await bedrockLook(settings, kept.get(providerId('bedrock')) ?? null),
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

/** Whether its credentials are there; who may use which model only a call tells (the listing has its own right). */
async function bedrockLook(settings: Settings, kept: KeptCredential | null): Promise<VendorLook> {
  const token = settings.bedrockBearerToken
  const credentials = new BedrockCredentials({
    fixed: kept ?? (token === null ? null : { kind: 'bearer', token }),
    chain: awsChain(),
    log: () => undefined,
  })
  await credentials.start()
  return {
    ...{ id: 'bedrock', wanted: wantedOf('bedrock'), list: null, ids: () => [] },
    missing: credentials.state().ready ? null : bedrockCredentialHint,
    quotas: `In the console of region ${settings.region}: Service Quotas, Amazon Bedrock.`,
  }
}

/** What the shipped routes lead to at this provider, in the vendor's own words. */
function wantedOf(provider: string): readonly string[] {
  const catalogue = readCatalogue(models, routes)
  const targets = new Set(
    catalogue.routes.flatMap(({ candidates, target }) => [
      ...(target === null ? [] : [target]),
      ...candidates.map(({ modelId }) => modelId),
    ]),
  )
  return catalogue.models
    .filter((model) => model.provider === provider && targets.has(model.id))
    .map(({ upstreamId }) => upstreamId)
}

function idsIn(body: unknown, list: string, name: string): readonly string[] {
  const items = (body as { readonly [member: string]: unknown } | null)?.[list]
  if (!Array.isArray(items)) return []
  return items.flatMap((item: unknown) => {
    const id = (item as { readonly [member: string]: unknown } | null)?.[name]
    return typeof id === 'string' ? [id] : []
  })
}
