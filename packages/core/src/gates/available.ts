import type { LifecycleRule } from '@pointsman/contract'
import type { CompiledModel } from '../compile/compiled-snapshot.ts'
import type { ProviderStates } from '../routing/routing-call.ts'
import { endOfLifeWords, lifecycleStatusAt } from './lifecycle.ts'
import type { Verdict } from './verdict.ts'

export interface AvailableQuestion {
  readonly nowMs: number
  readonly lifecycleRule: LifecycleRule
  /** Chosen by a rule of ours (fallback, strategy, ranking), not named or set by a person. */
  readonly automatic: boolean
  /** Null = not asked here (the control plane knows no adapters). */
  readonly providers: ProviderStates | null
  /** `modelId@region`; null = not asked here. */
  readonly openCircuits: ReadonlySet<string> | null
  /** The region that would be called. */
  readonly region: string
}

const verdict = (rule: string, reason: string): Verdict => ({ gate: 'available', rule, reason })

/** For an id that the catalogue does not have: a pin or a list may outlive its model. */
export const unknownModel = (id: string): Verdict => verdict('unknown-model', `${id} is not in the catalogue`)

function checkLifecycle(model: CompiledModel, question: AvailableQuestion): Verdict | null {
  if (lifecycleStatusAt(model, question.nowMs) !== 'eol') return null
  if (question.lifecycleRule === 'block') {
    return verdict('end-of-life', `${endOfLifeWords(model)}; lifecycle rule 'block' refuses it`)
  }
  if (question.automatic) {
    return verdict('end-of-life', `${endOfLifeWords(model)}; such a model is never chosen automatically`)
  }
  return null
}

function checkProvider(model: CompiledModel, question: AvailableQuestion): Verdict | null {
  if (question.providers === null) return null
  const readiness = question.providers.get(model.provider)
  if (readiness === undefined) {
    return verdict(
      'no-adapter',
      `this server cannot call provider ${model.provider}, which serves ${model.id}`,
    )
  }
  if (readiness.ready) return null
  return verdict(
    'credentials-missing',
    `provider ${model.provider} has no credentials: set ${readiness.missing}`,
  )
}

/**
 * Enabled, not past its end under the rule, its provider callable, its circuit closed. What lasts is asked
 * before what passes, so that the reason given is the one to mend.
 */
export function checkAvailable(model: CompiledModel, question: AvailableQuestion): Verdict | null {
  if (!model.enabled) return verdict('disabled', `${model.id} is switched off; switch it on or name another`)
  const standing = checkLifecycle(model, question) ?? checkProvider(model, question)
  if (standing !== null) return standing
  const circuits = question.openCircuits
  if (circuits !== null && circuits.size > 0 && circuits.has(`${model.id}@${question.region}`)) {
    return verdict('circuit-open', `calls to ${model.id} in ${question.region} are held back after failures`)
  }
  return null
}
