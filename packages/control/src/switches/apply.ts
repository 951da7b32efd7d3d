import type { Actor, Principal, Revision, SwitchId, WorkspaceId } from '@pointsman/contract'
import type { CompiledRoute, CompiledSnapshot } from '@pointsman/core'
import {
  clearConversationTarget,
  clearUserTarget,
  recordSwitch,
  returnAllConversations,
  setConversationTarget,
  setModelEnabled,
  setNarrowerPins,
  setRouteTarget,
  setTargetOfAllConversations,
  setUserTarget,
  type MovedConversations,
  type SwitchDraft,
  type Transaction,
} from '@pointsman/registry'
import type { RegistryChanges } from '../publishing/change-registry.ts'
import type { Previous, SwitchOrder } from './order.ts'
import { notYours, type Present } from './present.ts'
import { propose, type ProposeParts, type Proposal } from './propose.ts'

export interface Applied {
  readonly proposal: Proposal
  /** Null: nothing was to be done. */
  readonly made: { readonly id: SwitchId; readonly revision: Revision } | null
}

interface Recorded {
  readonly proposal: Proposal
  readonly id: SwitchId | null
}

/** Ends the transaction without a trace when `applyTo: "all"` turns out to move nothing. */
class NothingMoved extends Error {
  readonly proposal: Proposal

  constructor(proposal: Proposal) {
    super('nothing moved')
    this.proposal = proposal
  }
}

/**
 * Carries out an order in one transaction: propose again under the lock, record, move the target, compile, publish,
 * commit. Throws what refuses it; then nothing changed.
 */
export async function applySwitch(
  changes: RegistryChanges,
  actor: Actor,
  order: SwitchOrder,
  parts: ProposeParts,
): Promise<Applied> {
  try {
    const { result, revision } = await changes.change<Recorded>(actor, async (transaction, before) => {
      const proposal = await propose(transaction, before, order, parts)
      if (proposal.unchanged) return { changed: false, result: { proposal, id: null } }
      if (order.enableTarget && !proposal.to.enabled) await setModelEnabled(transaction, proposal.to.id, true)
      const { id } = await recordSwitch(
        transaction,
        draftOf(order, proposal, { actor, environment: parts.environment }),
      )
      await moveTarget(transaction, proposal, id, parts.principal)
      if (order.applyTo === 'all') {
        const { workspace } = parts.principal
        await moveConversations(transaction, before, proposal, {
          id,
          workspace,
          reverts: order.reverts ?? null,
        })
      }
      return { changed: true, result: { proposal, id } }
    })
    const { proposal, id } = result
    return { proposal, made: id === null || revision === null ? null : { id, revision } }
  } catch (error) {
    if (error instanceof NothingMoved) return { proposal: error.proposal, made: null }
    throw error
  }
}

/** What is recorded of an order, made or refused. */
export function draftOf(
  order: SwitchOrder,
  proposal: Proposal,
  { actor, environment }: { readonly actor: Actor; readonly environment: string },
): SwitchDraft {
  const { present, to, choice, impact, notice, traffic } = proposal
  return {
    actor,
    action: order.action,
    type: order.type,
    scope: present.scope,
    from: present.served?.id ?? null,
    to: to.id,
    fromName: present.served?.name ?? null,
    toName: to.name,
    reason: order.reason,
    evidence: {
      ...choice.evidence,
      previous: previousOf(present),
      applyTo: order.applyTo,
      cost: impact.explanation,
      gates: { problems: [], warnings: proposal.warnings },
      touches: {
        routesThatKeepTheirOwn: proposal.masks,
        requestsPerDay: traffic.usage.requests,
        overDays: traffic.usage.days,
        needs: traffic.needs,
      },
      environment,
    },
    approval: order.approval ?? null,
    reverts: order.reverts ?? null,
    notificationTitle: notice.title,
    notificationMessage: notice.message,
    costImpactUsd: impact.savedPerDayUsd,
  }
}

const previousOf = ({ own, setBy, narrower }: Present): Previous => ({
  own,
  switchId: setBy,
  ...(narrower.length === 0
    ? {}
    : { narrower: narrower.map(({ useCase, modelId }) => ({ useCase, modelId })) }),
})

async function moveTarget(
  transaction: Transaction,
  { present, to, choice }: Proposal,
  switchId: SwitchId,
  { userId }: Principal,
): Promise<void> {
  const { scope } = present
  const target = choice.inherit ? null : to.id
  const setBy = choice.strategyReturns ? null : switchId
  switch (scope.kind) {
    case 'global':
      return setRouteTarget(transaction, { kind: 'default', name: 'default', target: to.id, switchId: setBy })
    case 'use-case':
    case 'agent':
      return setRouteTarget(transaction, { kind: scope.kind, name: scope.name, target, switchId: setBy })
    case 'conversation': {
      const { workspace, id, useCase } = scope
      if (target === null) await clearConversationTarget(transaction, { workspace, id, useCase })
      else {
        const set = { ...scope, modelId: target, switchId, ownOnly: userId !== null }
        if (!(await setConversationTarget(transaction, set))) throw notYours(scope)
      }
      return setNarrowerPins(transaction, { workspace, id, pins: choice.narrower ?? [], switchId })
    }
    case 'user': {
      const { workspace, id } = scope
      if (target === null) await clearUserTarget(transaction, { workspace, id })
      else await setUserTarget(transaction, { workspace, id, modelId: target, switchId })
      return
    }
    default:
      return scope satisfies never
  }
}

interface Moving {
  readonly id: SwitchId
  /** The caller's: whose conversations these are. */
  readonly workspace: WorkspaceId
  readonly reverts: SwitchId | null
}

/** The pins that keep the model from before: those of the route, and for the default those of all that inherit it. */
async function moveConversations(
  transaction: Transaction,
  before: CompiledSnapshot,
  proposal: Proposal,
  { id, workspace, reverts }: Moving,
): Promise<void> {
  const { present, to } = proposal
  const target = { workspace, ...pinnedUnder(before, proposal), modelId: to.id, switchId: id }
  const moved =
    reverts === null
      ? await setTargetOfAllConversations(transaction, target)
      : await returnAllConversations(transaction, { ...target, reverted: reverts })
  if (moved === 0 && present.own === to.id) throw new NothingMoved(proposal)
}

function pinnedUnder(
  before: CompiledSnapshot,
  { present }: Proposal,
): Pick<MovedConversations, 'routes' | 'agents'> {
  const { scope, route } = present
  // An agent's stand under its key, and only those of conversations that asked to keep their model.
  if (scope.kind === 'agent') return { routes: [route.key], agents: [] }
  if (scope.kind !== 'global') return { routes: [route.name], agents: [] }
  const inheriting = (routes: ReadonlyMap<string, CompiledRoute>) =>
    [...routes.values()].filter(({ inheritsTarget }) => inheritsTarget)
  return {
    routes: [route.name, ...inheriting(before.useCases).map(({ name }) => name)],
    agents: inheriting(before.agents).map(({ key }) => key),
  }
}
