import { PointsmanError, routeKey, type ModelId, type Principal } from '@pointsman/contract'
import type { CompiledRoute, CompiledSnapshot } from '@pointsman/core'
import {
  recordRefusedSwitch,
  recordSwitch,
  setRouteTarget,
  upsertRoutes,
  type Queryable,
  type SwitchDraft,
  type Transaction,
} from '@pointsman/registry'
import { nobodyBehind, type Behind } from '../acknowledgements/replicas.ts'
import { providerOfItem } from '../catalogue/import/import-llm-models.ts'
import { wishedTarget } from '../catalogue/route-target.ts'
import { freshRoute } from '../catalogue/write-routes.ts'
import type { ControlHouse } from '../house.ts'
import { requireFresh } from '../http/entity-tag.ts'
import { requireUnlimited } from '../keys/limits.ts'
import { actorOf } from '../switches/actor.ts'
import { draftOf } from '../switches/apply.ts'
import type { SwitchOrder } from '../switches/order.ts'
import { providersOf } from '../switches/perform.ts'
import { propose } from '../switches/propose.ts'
import { noTraffic, readTraffic, type Traffic } from '../switches/traffic.ts'
import type { AgentItem, AsideItem } from './agent-items.ts'

/** What taking over items comes to. */
export interface AgentsPlan {
  readonly new: readonly { readonly agent: string; readonly to: ModelId }[]
  readonly moved: readonly { readonly agent: string; readonly from: ModelId | null; readonly to: ModelId }[]
  /** They say what holds already. */
  readonly unchanged: readonly string[]
  /** What cannot be had, item by item; it holds up no other. */
  readonly refused: readonly AsideItem[]
  readonly skipped: readonly AsideItem[]
  readonly warnings: readonly string[]
}

export interface AgentsOrder {
  readonly items: readonly AgentItem[]
  /** Where they come from: `the DynamoDB table AgentRegistry-dev`. */
  readonly source: string
  readonly dryRun: boolean
  readonly ifMatch: number | null
  /** Written in the same transaction: what was taken of which item. */
  readonly beside?: (transaction: Transaction, all: AllProposed) => Promise<void>
}

export interface AgentsOutcome extends Behind {
  readonly plan: Omit<AgentsPlan, 'skipped'>
  readonly applied: boolean
  /** The registry's, of which the plan was made, or which it made. */
  readonly revision: number
}

/** The model that an item names. Throws PointsmanError where the catalogue has none such. */
export function modelOfItem(snapshot: CompiledSnapshot, { seen }: AgentItem): ModelId {
  const { llm_model, llm_provider } = seen
  const wished = wishedTarget(snapshot, {
    llm_model,
    ...(llm_provider === null ? {} : { llm_provider: providerOfItem(llm_provider) }),
  })
  if (wished == null) throw new TypeError('a model that was named is none')
  return wished
}

interface Parts {
  readonly house: ControlHouse
  readonly principal: Principal
  readonly order: AgentsOrder
  /** By the agent, of those that would move; read before any lock is taken. */
  readonly traffic: ReadonlyMap<string, Traffic>
}

/**
 * Takes over agents' models in one revision, each by a recorded switch. One that is refused is recorded as refused, and the
 * others are taken all the same. Throws PointsmanError `stale`, `revision_rejected`; then nothing changed.
 */
export async function takeAgents(
  house: ControlHouse,
  principal: Principal,
  order: AgentsOrder,
): Promise<AgentsOutcome> {
  requireUnlimited(principal)
  const { compiled } = house.publishing.holder.required()
  const parts = { house, principal, order, traffic: await trafficOf(house, compiled, order.items) }
  if (order.dryRun) {
    const { plan } = await proposeAll(house.database, compiled, parts)
    return { plan, applied: false, revision: compiled.revision.number, ...nobodyBehind }
  }
  const { result, revision } = await house.publishing.change(
    actorOf(principal),
    async (transaction, before) => {
      const all = await proposeAll(transaction, before, parts)
      const moves = all.proposed.filter(({ draft }) => draft !== null)
      for (const move of moves) await apply(transaction, before, move)
      await order.beside?.(transaction, all)
      const { new: added, moved } = all.plan
      const reason = `Agents of ${order.source}: ${added.length} new, ${moved.length} moved.`
      return { changed: moves.length > 0, reason, result: all }
    },
  )
  for (const refusal of result.refusals) await recordRefusal(parts, refusal)
  const behind = await house.replicas.settled(revision)
  const { number } = revision ?? compiled.revision
  return { plan: result.plan, applied: revision !== null, revision: number, ...behind }
}

interface Proposed {
  readonly item: AgentItem
  readonly to: ModelId
  readonly from: ModelId | null
  readonly isNew: boolean
  /** Null = it holds already. */
  readonly draft: SwitchDraft | null
  readonly warnings: readonly string[]
}

interface Refused {
  readonly item: AgentItem
  readonly error: PointsmanError
}

export interface AllProposed {
  readonly plan: AgentsOutcome['plan']
  readonly proposed: readonly Pick<Proposed, 'item' | 'to'>[]
  readonly refusals: readonly Refused[]
}

async function proposeAll(
  database: Queryable,
  before: CompiledSnapshot,
  parts: Parts,
): Promise<Omit<AllProposed, 'proposed'> & { readonly proposed: readonly Proposed[] }> {
  const { items, ifMatch } = parts.order
  requireFresh(ifMatch, before.revision.number, 'The registry')
  const snapshot = withAgents(before, items)
  const proposed: Proposed[] = []
  const refusals: Refused[] = []
  for (const item of items) {
    try {
      proposed.push({
        ...(await proposeOne(database, snapshot, item, parts)),
        isNew: !before.agents.has(item.agent),
      })
    } catch (thrown) {
      // A registry that is away refuses nobody.
      if (!(thrown instanceof PointsmanError) || thrown.code === 'registry_unavailable') throw thrown
      refusals.push({ item, error: thrown })
    }
  }
  const moves = proposed.filter(({ draft }) => draft !== null)
  return {
    proposed,
    refusals,
    plan: {
      new: moves.filter(({ isNew }) => isNew).map(({ item: { agent }, to }) => ({ agent, to })),
      moved: moves
        .filter(({ isNew }) => !isNew)
        .map(({ item: { agent }, from, to }) => ({ agent, from, to })),
      unchanged: proposed.filter(({ draft }) => draft === null).map(({ item: { agent } }) => agent),
      refused: refusals.map(({ item: { key }, error: { message } }) => ({ key, reason: message })),
      warnings: moves.flatMap(({ item: { agent }, warnings }) =>
        warnings.map((warning) => `${agent}: ${warning}`),
      ),
    },
  }
}

async function proposeOne(
  database: Queryable,
  snapshot: CompiledSnapshot,
  item: AgentItem,
  { house, order, principal, traffic }: Parts,
): Promise<Omit<Proposed, 'isNew'>> {
  if (item.agent === 'default')
    throw new PointsmanError('refused', '"default" is the name of the default route: no agent may have it.')
  const to = modelOfItem(snapshot, item)
  const own = snapshot.agents.get(item.agent)?.ownTarget ?? null
  if (own === to) return { item, to, from: own, draft: null, warnings: [] }
  const asked = switchOrder(item, to, order.source)
  const proposal = await propose(database, snapshot, asked, {
    ...{ principal, traffic: traffic.get(item.agent) ?? noTraffic, nowMs: house.clock.nowMs() },
    ...{ homeRegion: house.homeRegion, environment: house.environment, providers: providersOf(house) },
  })
  const by = { actor: actorOf(principal), environment: house.environment }
  const draft = proposal.unchanged ? null : draftOf(asked, proposal, by)
  return { item, to, from: draft?.from ?? null, draft, warnings: proposal.warnings }
}

const switchOrder = (item: AgentItem, to: ModelId, source: string): SwitchOrder => ({
  ...{ action: 'manual_switch', type: 'manual', unchangedWhen: 'own', applyTo: 'new' },
  ...{ dryRun: false, ifMatch: null },
  scope: { kind: 'agent', name: item.agent },
  asked: to,
  reason: reasonOf(item.key, source),
  choose: () => ({ modelId: to, evidence: { item: { key: item.key, says: { ...item.seen } } } }),
})

export const reasonOf = (key: string, source: string): string => `Item ${key} of ${source} says so.`

async function apply(
  transaction: Transaction,
  before: CompiledSnapshot,
  { draft, item: { agent }, to }: Proposed,
): Promise<void> {
  if (draft === null) return
  if (!before.agents.has(agent))
    await upsertRoutes(transaction, [{ ...freshRoute, kind: 'agent', name: agent }])
  const { id } = await recordSwitch(transaction, draft)
  await setRouteTarget(transaction, { kind: 'agent', name: agent, target: to, switchId: id })
}

/** Agents that are new as they would stand before their first switch, so that they are judged like any other. */
function withAgents(snapshot: CompiledSnapshot, items: readonly AgentItem[]): CompiledSnapshot {
  const added = items
    .filter(({ agent }) => !snapshot.agents.has(agent))
    .map(({ agent }) => [agent, newAgent(snapshot, agent)] as const)
  return added.length === 0 ? snapshot : { ...snapshot, agents: new Map([...snapshot.agents, ...added]) }
}

const newAgent = ({ defaultRoute }: CompiledSnapshot, name: string): CompiledRoute => ({
  ...defaultRoute,
  ...freshRoute,
  ...{ kind: 'agent', name, key: routeKey('agent', name), inheritsTarget: true, ownTarget: null },
  ...{ target: defaultRoute.target, picksByStrategy: false, residency: null },
  heartbeatMs: defaultRoute.heartbeatMs,
})

/** Of those that may move. */
async function trafficOf(
  house: ControlHouse,
  snapshot: CompiledSnapshot,
  items: readonly AgentItem[],
): Promise<ReadonlyMap<string, Traffic>> {
  const whole = withAgents(snapshot, items)
  const all = new Map<string, Traffic>()
  for (const item of items) {
    const { agent } = item
    const route = whole.agents.get(agent)
    if (route === undefined || !mayMove(whole, route, item)) continue
    const at = { scope: { kind: 'agent', name: agent }, route } as const
    all.set(agent, await readTraffic(house.database, whole, at, house.clock.nowMs()))
  }
  return all
}

function mayMove(snapshot: CompiledSnapshot, route: CompiledRoute, item: AgentItem): boolean {
  try {
    return route.ownTarget !== modelOfItem(snapshot, item)
  } catch (thrown) {
    if (thrown instanceof PointsmanError) return false
    throw thrown
  }
}

async function recordRefusal({ house, order, principal }: Parts, { error, item }: Refused): Promise<void> {
  const { compiled } = house.publishing.holder.required()
  const from = compiled.models.get(compiled.agents.get(item.agent)?.target ?? '') ?? null
  const draft: SwitchDraft = {
    ...{ actor: actorOf(principal), action: 'manual_switch', type: 'manual' },
    scope: { kind: 'agent', name: item.agent },
    ...{ from: from?.id ?? null, fromName: from?.name ?? null, to: null, toName: null },
    reason: reasonOf(item.key, order.source),
    evidence: { asked: item.seen.llm_model, item: { key: item.key, says: { ...item.seen } } },
  }
  const { code, message } = error
  await house.database.transaction({ purpose: 'plain' }, (transaction) =>
    recordRefusedSwitch(transaction, draft, { code, message }),
  )
}
