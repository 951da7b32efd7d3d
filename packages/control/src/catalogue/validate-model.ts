import type { Abilities, LifecycleStatus, ProviderId } from '@pointsman/contract'
import {
  callingRegion,
  lifecycleStatusAt,
  nearestNames,
  priceInForce,
  proposalProblems,
  type CompiledModel,
  type CompiledSnapshot,
  type ProviderReadiness,
} from '@pointsman/core'
import type { Probe, ProbeResult, ProviderFacts } from '../ports.ts'
import { stepAfter } from './refusal-step.ts'

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
  readonly probe: Probed | null
}

/** Not the vendor's own words, nor what the call was made with: those are for who may see the provider's key. */
export interface Probed extends Pick<ProbeResult, 'ok' | 'latencyMs' | 'problem' | 'refusal'> {
  /** What mends it. */
  readonly step?: string
}

export interface ValidateParts {
  /** What is known of the providers' keys; empty = nothing. */
  readonly facts: readonly ProviderFacts[]
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
  if (model === undefined) return unknown(id, parts)
  const context = { nowMs, homeRegion, providers }
  const { problems, warnings } = proposalProblems(snapshot, { kind: 'global' }, id, context)
  const price = priceInForce(snapshot, id, callingRegion(model, homeRegion), nowMs)
  const unpriced = price === null ? [`No price of ${id} is known: its cost would be told as unknown.`] : []
  // One that is off may be asked whether it would answer, before somebody switches it on.
  const mayAsk = problems.every(({ rule }) => rule === 'disabled')
  const probe = parts.probe !== null && mayAsk ? await probed(parts.probe, model, parts) : null
  return {
    valid: problems.length === 0 && probe?.ok !== false,
    exists: true,
    available: model.enabled && (providers === null || providers.get(model.provider)?.ready === true),
    lifecycle: lifecycleStatusAt(model, nowMs),
    capabilities: {
      ...model.abilities,
      contextTokens: model.contextTokens,
      maxOutputTokens: model.maxOutputTokens,
    },
    problems: [
      ...problems.map(({ message }) => message),
      ...(probe === null ? [] : failureWords(probe)),
      ...warnings,
      ...unpriced,
    ],
    probe,
  }
}

async function probed(port: Probe, model: CompiledModel, parts: ValidateParts): Promise<Probed> {
  const { latencyMs, ok, ...result } = await port.probe(model.id)
  if (ok) return { ok, latencyMs }
  const { code = 'upstream_error', problem, refusal } = result
  // A base id may have been called as the profile that stands in for it.
  const called = parts.snapshot.models.get(refusal?.modelId ?? model.id) ?? model
  return {
    ...{ ok, latencyMs, step: stepAfter({ code, refusal: refusal ?? null }, called, parts) },
    ...(problem === undefined ? {} : { problem }),
    ...(refusal === undefined ? {} : { refusal }),
  }
}

const failureWords = ({ ok, problem, step }: Probed): readonly string[] =>
  ok
    ? []
    : [
        `The probe failed: ${problem ?? 'the model gave no reason'}${step === undefined ? '' : ` Next: ${step}`}`,
      ]

/** A base id that a region serves through a profile alone need not be an entry: the profile is. */
function unknown(id: string, { homeRegion, snapshot }: ValidateParts): Validation {
  const byRegion = snapshot.profiles.get(id)
  const profile = byRegion?.get(homeRegion) ?? byRegion?.get('*')
  const near = nearestNames(id, snapshot.models.keys())
  const next =
    profile !== undefined
      ? `. It is a base id, which ${homeRegion} serves through a profile alone: use ${profile.id}`
      : near.length === 0
        ? ''
        : `. Nearest: ${near.join(', ')}`
  return {
    valid: false,
    exists: false,
    available: false,
    lifecycle: null,
    capabilities: null,
    problems: [`Model not found: ${id}${next}`],
    probe: null,
  }
}
