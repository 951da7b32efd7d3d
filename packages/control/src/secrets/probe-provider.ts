import {
  PointsmanError,
  type CredentialFacts,
  type ErrorCode,
  type ModelId,
  type ProviderId,
} from '@pointsman/contract'
import { callingRegion, lifecycleStatusAt, type CompiledModel } from '@pointsman/core'
import { putProviderTest, type ProviderTestRow } from '@pointsman/registry'
import { modelsInUse } from '../analytics/models-in-use.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import type { ControlHouse } from '../house.ts'
import type { ProbeResult, ProviderFacts } from '../ports.ts'
import { mendingStep } from './mending-step.ts'

export interface ProviderProbe {
  readonly test: Omit<ProviderTestRow, 'testedAtMs'>
  readonly credential: CredentialFacts
  /** The vendor's own words; null = it said nothing, or it went well. */
  readonly vendorSays: string | null
  /** The next step; null where it went well. */
  readonly mend: string | null
}

/**
 * A call of one token to one model of the provider, like any that a caller makes: the same key, address and limits. What it
 * came to is kept. Throws PointsmanError `not_found`, `model_not_found`, `invalid_request`, `refused` where none can be asked.
 */
export async function probeProvider(
  house: ControlHouse,
  provider: ProviderId,
  model: ModelId | undefined,
): Promise<ProviderProbe> {
  const facts = requireKnown(house, provider)
  const asked = await modelToAsk(house, provider, model)
  const result = await house.probe.probe(asked.id)
  const credential = result.credential ?? facts.credential
  const code: ErrorCode | null = result.ok ? null : (result.code ?? 'upstream_error')
  const test = {
    ...{ provider, ok: result.ok, modelId: asked.id, latencyMs: result.latencyMs },
    ...{ keySource: credential.source, errorCode: code, problem: problemOf(result) },
  }
  await putProviderTest(house.database, test)
  const mend = code === null ? null : mendingStep(code, { ...facts, credential }, asked)
  return { test, credential, vendorSays: result.vendorSays ?? null, mend }
}

const problemOf = ({ ok, problem }: ProbeResult): string | null =>
  ok ? null : (problem ?? 'It did not answer as it should.')

function requireKnown(house: ControlHouse, provider: ProviderId): ProviderFacts {
  const known = house.providers?.() ?? []
  const facts = known.find(({ id }) => id === provider)
  if (facts !== undefined) return facts
  throw unknownName(
    'not_found',
    'Provider',
    provider,
    known.map(({ id }) => id),
  )
}

/** The one that is named; else one that requests come to, called from the server's own region where there is one. */
async function modelToAsk(
  house: ControlHouse,
  provider: ProviderId,
  named: ModelId | undefined,
): Promise<CompiledModel> {
  const { compiled } = house.publishing.holder.required()
  if (named !== undefined) return namedModel(compiled.models, provider, named)
  const nowMs = house.clock.nowMs()
  const { homeRegion } = house
  const inUse = await modelsInUse(house.database, compiled, { homeRegion, nowMs })
  const used = new Set<string>(inUse.map(({ id }) => id))
  const place = (model: CompiledModel): number =>
    (used.has(model.id) ? 0 : 2) + (callingRegion(model, homeRegion) === homeRegion ? 0 : 1)
  const [first] = [...compiled.models.values()]
    .filter((model) => model.provider === provider && model.enabled && model.purpose === 'chat')
    .filter((model) => lifecycleStatusAt(model, nowMs) !== 'eol')
    .sort((a, b) => place(a) - place(b) || a.priority - b.priority)
  if (first !== undefined) return first
  throw new PointsmanError(
    'refused',
    `The catalogue has no enabled chat model of provider ${provider} to ask. Enable one (pointsman models enable ID), or name one with "model".`,
  )
}

function namedModel(
  models: ReadonlyMap<string, CompiledModel>,
  provider: ProviderId,
  named: ModelId,
): CompiledModel {
  const model = models.get(named)
  if (model === undefined) throw unknownName('model_not_found', 'Model', named, models.keys())
  if (model.provider === provider && model.purpose === 'chat') return model
  const why = model.provider === provider ? 'makes vectors and cannot chat' : `is served by ${model.provider}`
  throw new PointsmanError(
    'invalid_request',
    `The model ${named} ${why}. Name a chat model of ${provider}.`,
    {
      field: 'model',
    },
  )
}
