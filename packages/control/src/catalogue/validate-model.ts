import type { Abilities, LifecycleStatus, ProviderId } from '@pointsman/contract'
import {
  callingRegion,
  lifecycleStatusAt,
  nearestNames,
  priceInForce,
  proposalProblems,
  type CompiledSnapshot,
  type ProviderReadiness,
} from '@pointsman/core'
import type { Probe, ProbeResult } from '../ports.ts'

/** Whether a model can be switched to, and what one should know of it. */
export interface Validation {
  /** It can be switched to: it exists, is enabled, passes the default's gates (and the probe, where one was asked for). */
  readonly valid: boolean
  readonly exists: boolean
  /** It would be called now: it is enabled, and this server can call its provider. */
  readonly available: boolean
  readonly lifecycle: LifecycleStatus | null
  readonly capabilities:
    (Abilities & { readonly contextTokens: number | null; readonly maxOutputTokens: number | null }) | null
  /** What speaks against it, and what only should be known. */
  readonly problems: readonly string[]
  readonly probe: Pick<ProbeResult, 'ok' | 'latencyMs' | 'problem'> | null
}

export interface ValidateParts {
  readonly snapshot: CompiledSnapshot
  readonly nowMs: number
  readonly homeRegion: string
  /** Null = it is not known which providers this server can call. */
  readonly providers: ReadonlyMap<ProviderId, ProviderReadiness> | null
  /** Null = no call is made. */
  readonly probe: Probe | null
}

export async function validateModel(id: string, parts: ValidateParts): Promise<Validation> {
  const { snapshot, nowMs, homeRegion, providers } = parts
  const model = snapshot.models.get(id)
  if (model === undefined) {
    const near = nearestNames(id, snapshot.models.keys())
    const problem = `Model not found: ${id}${near.length === 0 ? '' : `. Nearest: ${near.join(', ')}`}`
    return {
      valid: false,
      exists: false,
      available: false,
      lifecycle: null,
      capabilities: null,
      problems: [problem],
      probe: null,
    }
  }
  const context = { nowMs, homeRegion, providers }
  const { problems, warnings } = proposalProblems(snapshot, { kind: 'global' }, id, context)
  const price = priceInForce(snapshot, id, callingRegion(model, homeRegion), nowMs)
  const unpriced = price === null ? [`No price of ${id} is known: its cost would be told as unknown.`] : []
  const probe = parts.probe === null || problems.length > 0 ? null : await parts.probe.probe(model.id)
  const failed =
    probe === null || probe.ok ? [] : [`The probe failed: ${probe.problem ?? 'the model gave no reason'}`]
  return {
    valid: problems.length === 0 && failed.length === 0,
    exists: true,
    available: model.enabled && (providers === null || providers.get(model.provider)?.ready === true),
    lifecycle: lifecycleStatusAt(model, nowMs),
    capabilities: {
      ...model.abilities,
      contextTokens: model.contextTokens,
      maxOutputTokens: model.maxOutputTokens,
    },
    problems: [...problems.map(({ message }) => message), ...failed, ...warnings, ...unpriced],
    probe: probe === null ? null : shownProbe(probe),
  }
}

/** Not the vendor's own words, nor what the call was made with: those are for who may see the provider's key. */
const shownProbe = ({ latencyMs, ok, problem }: ProbeResult): Validation['probe'] => ({
  ...{ ok, latencyMs },
  ...(problem === undefined ? {} : { problem }),
})
