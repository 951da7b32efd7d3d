import {
  toPointsmanError,
  type Actor,
  type ErrorCode,
  type PointsmanError,
  type Principal,
  type ProviderId,
} from '@pointsman/contract'
import { routeOfScope, type CompiledSnapshot, type ProviderReadiness } from '@pointsman/core'
import { recordRefusedSwitch, type Database, type SwitchDraft } from '@pointsman/registry'
import type { Replicas } from '../acknowledgements/replicas.ts'
import type { Clock, Log } from '../ports.ts'
import type { Publishing } from '../publishing/publishing.ts'
import { actorOf } from './actor.ts'
import { applySwitch, draftOf, type Applied } from './apply.ts'
import type { SwitchOrder } from './order.ts'
import type { SwitchOutcome } from './outcome.ts'
import { presentOf } from './present.ts'
import { propose, type ProposeParts } from './propose.ts'
import { scopeText } from './scope.ts'
import { readTraffic } from './traffic.ts'

export interface SwitchParts {
  readonly database: Database
  readonly clock: Clock
  readonly log: Log
  readonly publishing: Publishing
  readonly replicas: Replicas
  readonly homeRegion: string
  readonly environment: string
  readonly providerStates?: (() => ReadonlyMap<ProviderId, ProviderReadiness>) | undefined
}

/** Which providers this server can call; null = not known here. */
export const providersOf = (
  parts: Pick<SwitchParts, 'providerStates'>,
): ReadonlyMap<ProviderId, ProviderReadiness> | null => parts.providerStates?.() ?? null

/**
 * One order from its proposal to the moment when every leased replica serves it (or a second has gone, then `pending`
 * names the late ones). Refused orders are recorded. Throws PointsmanError.
 */
export async function performSwitch(
  parts: SwitchParts,
  principal: Principal,
  order: SwitchOrder,
): Promise<SwitchOutcome> {
  const { compiled } = parts.publishing.holder.required()
  const actor = actorOf(principal)
  try {
    const asked = await readQuestion(parts, principal, order, compiled)
    if (order.dryRun) {
      return outcomeOf(
        order,
        { proposal: await propose(parts.database, compiled, order, asked), made: null },
        compiled,
      )
    }
    const { proposeOnly } = order
    if (proposeOnly !== undefined)
      return await onlyPropose(parts, { actor, order, asked, compiled, proposeOnly })
    const applied = await applySwitch(parts.publishing, actor, order, asked)
    const behind = await parts.replicas.settled(applied.made?.revision ?? null)
    return { ...outcomeOf(order, applied, compiled), ...behind }
  } catch (thrown) {
    if (!order.dryRun) await recordRefusal(parts, actor, order, toPointsmanError(thrown))
    throw thrown
  }
}

/** What a proposal needs that may be slow to read: read before any lock is taken. */
async function readQuestion(
  parts: SwitchParts,
  principal: Principal,
  order: SwitchOrder,
  compiled: CompiledSnapshot,
): Promise<ProposeParts> {
  const present = await presentOf(parts.database, compiled, order.scope, principal)
  const nowMs = parts.clock.nowMs()
  return {
    principal,
    nowMs,
    homeRegion: parts.homeRegion,
    environment: parts.environment,
    providers: providersOf(parts),
    traffic: order.traffic ?? (await readTraffic(parts.database, compiled, present, nowMs)),
  }
}

interface OnlyProposing {
  readonly actor: Actor
  readonly order: SwitchOrder
  readonly asked: ProposeParts
  readonly compiled: CompiledSnapshot
  readonly proposeOnly: string
}

async function onlyPropose(parts: SwitchParts, proposing: OnlyProposing): Promise<SwitchOutcome> {
  const { actor, order, asked, compiled, proposeOnly } = proposing
  const proposal = await propose(parts.database, compiled, order, asked)
  const outcome = outcomeOf(order, { proposal, made: null }, compiled)
  if (proposal.unchanged) return outcome
  const message = `${proposeOnly} only proposes (autoSwitch "propose"): it would move to ${proposal.to.id}`
  await refuse(parts, draftOf(order, proposal, { actor, environment: parts.environment }), {
    code: 'proposed',
    message,
  })
  return { ...outcome, warnings: [message, ...outcome.warnings] }
}

function outcomeOf(order: SwitchOrder, applied: Applied, held: CompiledSnapshot): SwitchOutcome {
  const { proposal, made } = applied
  const { present, to, choice, impact } = proposal
  return {
    switched: made !== null,
    dryRun: order.dryRun,
    unchanged: proposal.unchanged || (made === null && !order.dryRun && order.proposeOnly === undefined),
    switchId: made?.id ?? null,
    from: present.served?.name ?? null,
    to: to.name,
    fromId: present.served?.id ?? null,
    toId: to.id,
    scope: present.scope,
    revision: made?.revision.number ?? held.revision.number,
    costImpactEstimated: impact.savedPerDayUsd,
    costExplanation: impact.explanation,
    masks: proposal.masks,
    warnings: proposal.warnings,
    pending: [],
    unheard: [],
    ranking: choice.ranking ?? null,
    notification: proposal.notice,
  }
}

/** What refuses an attempt, as opposed to what only kept us from carrying it out. */
const refusing: ReadonlySet<ErrorCode> = new Set([
  'model_not_found',
  'model_not_available',
  'last_usable_model',
  'lifecycle_blocked',
  'refused',
  'forbidden',
  'stale',
  'revision_rejected',
  'no_candidate',
])

async function recordRefusal(
  parts: SwitchParts,
  actor: Actor,
  order: SwitchOrder,
  error: PointsmanError,
): Promise<void> {
  if (!refusing.has(error.code)) return
  const { compiled } = parts.publishing.holder.required()
  const asked = order.asked === null ? undefined : compiled.models.get(order.asked)
  const present = compiled.models.get(routeOfScope(compiled, order.scope)?.target ?? '')
  const draft: SwitchDraft = {
    actor,
    action: order.action,
    type: order.type,
    scope: order.scope,
    from: present?.id ?? null,
    to: asked?.id ?? null,
    fromName: present?.name ?? null,
    toName: asked?.name ?? null,
    reason: order.reason,
    evidence: {
      asked: order.asked,
      applyTo: order.applyTo,
      ifMatch: order.ifMatch,
      environment: parts.environment,
    },
    approval: order.approval ?? null,
    reverts: null,
  }
  await refuse(parts, draft, { code: error.code, message: error.message })
}

/** A refusal that cannot be recorded does not turn into another answer: it is told in the log instead. */
async function refuse(
  parts: SwitchParts,
  draft: SwitchDraft,
  refusal: { readonly code: string; readonly message: string },
): Promise<void> {
  try {
    await parts.database.transaction({ purpose: 'plain' }, (transaction) =>
      recordRefusedSwitch(transaction, draft, refusal),
    )
  } catch (error) {
    parts.log('error', 'refusal_not_recorded', {
      refusal: refusal.code,
      scope: scopeText(draft.scope),
      error,
    })
  }
}
