import { toPointsmanError, type JsonObject } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import { putFollowedItems, type FollowedItem } from '@pointsman/registry'
import { providerOfItem } from '../catalogue/import/import-llm-models.ts'
import { readAgentItems, type AgentItem, type AsideItem } from './agent-items.ts'
import { conflictWords, found } from './compare.ts'
import {
  held,
  notedUnreadable,
  principalOf,
  seen,
  sidesOf,
  sourceOf,
  type Look,
  type Looked,
} from './look.ts'
import { writeItem, type TableItem } from './table.ts'
import { modelOfItem, takeAgents, type AllProposed } from './take-agents.ts'

/** As items of the agents' table are read. */
export const agentSources = (items: readonly TableItem[], keyNames: readonly string[]) =>
  items.map((item) => ({
    ...{ key: item.keyText, members: item.members, item },
    named: textOf(item.members[keyNames[0] ?? '']) ?? item.keyText,
  }))

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** One look at a table of agents: edits are taken as switches, switches of ours are written where that is asked for. */
export async function followAgents(look: Look): Promise<Looked> {
  const { house, items, table } = look
  const { items: agents, refused, skipped } = readAgentItems(agentSources(items, table.keyNames))
  const snapshot = house.publishing.holder.required().compiled
  const unreadable = refused.flatMap((one) => notedUnreadable(one, look.before.get(one.key)) ?? [])
  const after: FollowedItem[] = [...unreadable]
  const edits: AgentItem[] = []
  const writes: AgentItem[] = []
  for (const agent of agents) {
    const before = look.before.get(agent.key)
    const now = { seen: { ...agent.seen }, held: heldOf(snapshot, agent) }
    const what = found({ ...now, agree: agrees(snapshot, agent) }, sidesOf(before))
    if (what === 'take' || (what === 'same' && before?.state === 'refused' && look.tryRefused))
      edits.push(agent)
    else if (what === 'write' && look.writeBack) writes.push(agent)
    else if (what === 'conflict')
      after.push({ key: agent.key, ...now, state: 'conflict', problem: conflictOf(snapshot, agent) })
    else if (what !== 'same' || before?.state === 'gone')
      after.push({ key: agent.key, ...now, ...stateAfter(before, now.held) })
  }
  const taken = await takeEdits(look, edits)
  const written = await writeAll(look, writes)
  const forgotten = skipped.map(({ key }) => key).filter((key) => look.before.has(key))
  return { after: [...after, ...taken, ...written.after], forgotten, unwritten: written.unwritten }
}

/** What the registry says of an agent: what it has for its own, and what serves it. */
function heldOf({ agents }: CompiledSnapshot, { agent }: AgentItem): JsonObject {
  const route = agents.get(agent)
  return { own: route?.ownTarget ?? null, serves: route?.target ?? null }
}

/** A default that moves beneath an agent does not settle what its item was refused for. */
const stateAfter = (
  before: FollowedItem | undefined,
  now: JsonObject,
): Pick<FollowedItem, 'problem' | 'state'> =>
  before?.state === 'refused' && held(before)['own'] === now['own']
    ? { state: 'refused', problem: before.problem }
    : { state: 'followed', problem: null }

/** Whether the agent has what its item names. */
function agrees(snapshot: CompiledSnapshot, item: AgentItem): boolean {
  const own = snapshot.agents.get(item.agent)?.ownTarget ?? null
  try {
    return own !== null && modelOfItem(snapshot, item) === own
  } catch (thrown) {
    // A name that the catalogue lacks is nobody's target; taking it says so.
    if (toPointsmanError(thrown).code === 'internal') throw thrown
    return false
  }
}

const conflictOf = ({ agents }: CompiledSnapshot, { agent, seen: { llm_model } }: AgentItem): string =>
  conflictWords(llm_model, agents.get(agent)?.target ?? 'not known')

/** What was refused before is only tried: it is recorded once, and not at every change of the registry. */
async function takeEdits(look: Look, edits: readonly AgentItem[]): Promise<readonly FollowedItem[]> {
  const { before, followed, house } = look
  const again = edits.filter(({ key, seen: now }) => {
    const known = before.get(key)
    return (
      known?.state === 'refused' &&
      found({ seen: { ...now }, held: {}, agree: false }, { seen: seen(known), held: {} }) === 'same'
    )
  })
  const order = { source: sourceOf(followed.name), ifMatch: null }
  const principal = principalOf(followed)
  const stillRefused =
    again.length === 0
      ? new Set<string>()
      : new Set(
          (await takeAgents(house, principal, { ...order, items: again, dryRun: true })).plan.refused.map(
            ({ key }) => key,
          ),
        )
  const items = edits.filter(({ key }) => !stillRefused.has(key))
  if (items.length === 0) return []
  const snapshot = house.publishing.holder.required().compiled
  let after: readonly FollowedItem[] = []
  await takeAgents(house, principal, {
    ...{ ...order, items, dryRun: false },
    // In the transaction of the switches: a host that dies in between takes none of them twice.
    beside: async (transaction, all) => {
      after = afterTaking(snapshot, all)
      await putFollowedItems(transaction, followed, after)
    },
  })
  return after
}

const afterTaking = (snapshot: CompiledSnapshot, all: AllProposed): readonly FollowedItem[] => [
  ...all.proposed.map(({ item, to }): FollowedItem => {
    const { key, seen: now } = item
    return { key, seen: { ...now }, held: { own: to, serves: to }, state: 'followed', problem: null }
  }),
  ...all.refusals.map(({ error, item }): FollowedItem => {
    const { key, seen: now } = item
    return { key, seen: { ...now }, held: heldOf(snapshot, item), state: 'refused', problem: error.message }
  }),
]

async function writeAll(look: Look, writes: readonly AgentItem[]): Promise<Omit<Looked, 'forgotten'>> {
  const after: FollowedItem[] = []
  const unwritten: AsideItem[] = []
  const snapshot = look.house.publishing.holder.required().compiled
  for (const agent of writes) {
    const said = saidOf(snapshot, agent)
    if (agent.item === null) continue
    // It says so already, or the agent is not here any more: there is nothing to write.
    if (said === null || Object.keys(said).length === 0) {
      after.push(followedNow(snapshot, agent, {}))
      continue
    }
    try {
      const outcome = await writeItem(look.dynamo, look.table, { item: agent.item, set: said })
      // Somebody was quicker: the next look finds what they wrote.
      if (outcome === 'changed') continue
      look.house.log('info', 'followed_item_written', { table: look.table.name, item: agent.key, ...said })
      after.push(followedNow(snapshot, agent, said))
    } catch (thrown) {
      unwritten.push({ key: agent.key, reason: toPointsmanError(thrown).message })
    }
  }
  return { after, unwritten }
}

const followedNow = (snapshot: CompiledSnapshot, agent: AgentItem, said: JsonObject): FollowedItem => ({
  ...{ key: agent.key, seen: { ...agent.seen, ...said }, held: heldOf(snapshot, agent) },
  ...{ state: 'followed', problem: null },
})

/** The agent's model in the words of the table; null where the catalogue lacks what serves it. */
function saidOf(
  snapshot: CompiledSnapshot,
  { agent, seen: { llm_model, llm_provider } }: AgentItem,
): { readonly [member: string]: string } | null {
  const model = snapshot.models.get(snapshot.agents.get(agent)?.target ?? '')
  if (model === undefined) return null
  const named =
    snapshot.models.get(`${model.provider}/${model.upstreamId}`) ?? snapshot.models.get(model.upstreamId)
  const id = named?.id === model.id ? model.upstreamId : model.id
  const isSameProvider = llm_provider !== null && providerOfItem(llm_provider) === model.provider
  return {
    ...(isSameProvider ? {} : { llm_provider: model.provider }),
    ...(llm_model === id && isSameProvider ? {} : { llm_model: id }),
  }
}
