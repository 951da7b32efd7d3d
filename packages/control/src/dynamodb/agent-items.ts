import { isStorable } from '@pointsman/contract'
import { z } from 'zod'
import { routeNameSchema } from '../catalogue/schemas.ts'
import { shouldBe } from '../http/should-be.ts'
import type { TableItem } from './table.ts'

/** What an item of `AgentRegistry-{env}` says of its agent's model, in the words of seed 003. */
export interface AgentSeen {
  readonly llm_provider: string | null
  readonly llm_model: string
}

export interface AgentItem {
  readonly key: string
  readonly agent: string
  readonly seen: AgentSeen
  /** Null = of a file: there is nothing to write back to. */
  readonly item: TableItem | null
}

/** An item that is left aside, and why. */
export interface AsideItem {
  readonly key: string
  readonly reason: string
}

export interface AgentItems {
  readonly items: readonly AgentItem[]
  /** What cannot be read. */
  readonly refused: readonly AsideItem[]
  /** Another version of the agent is in force. */
  readonly skipped: readonly AsideItem[]
}

export type AgentSource = Pick<TableItem, 'members'> & {
  readonly key: string
  /** The agent's name where the item has no `agent_name`. */
  readonly named: string
  readonly item: TableItem | null
}

const unstorable = 'it has a character that cannot be stored'
const name = z.string().trim().min(1).refine(isStorable, unstorable)
const agentItem = z.object({
  agent_name: routeNameSchema.refine(isStorable, unstorable),
  llm_provider: name.max(100).nullish(),
  llm_model: name.max(2_048),
  version: z.union([z.string(), z.number()]).nullish(),
  status: z.string().nullish(),
})
type Read = z.output<typeof agentItem>

/**
 * Agents by their items, one an agent. A table that keeps versions has several: the active ones go before others, the newest
 * before older ones. What cannot be read is told and holds up no other.
 */
export function readAgentItems(sources: readonly AgentSource[]): AgentItems {
  const read: (AgentItem & { readonly order: Read })[] = []
  const refused: AsideItem[] = []
  for (const { item, key, members, named } of sources) {
    const told = agentItem.safeParse({ agent_name: named, ...members })
    if (!told.success) {
      refused.push({ key, reason: told.error.issues.map(words).join('; ') })
      continue
    }
    const { agent_name: agent, llm_model, llm_provider } = told.data
    read.push({ key, agent, seen: { llm_provider: llm_provider ?? null, llm_model }, item, order: told.data })
  }
  const versions = [...Map.groupBy(read, ({ agent }) => agent).values()].map((all) =>
    all.toSorted((one, other) => inForceFirst(one.order, other.order)),
  )
  return {
    items: versions.flatMap(([first]) => (first === undefined ? [] : [withoutOrder(first)])),
    refused,
    skipped: versions.flatMap(([first, ...others]) =>
      others.map(({ key }) => ({
        key,
        reason: `${first?.key ?? ''} is in force for the agent ${first?.agent ?? ''}`,
      })),
    ),
  }
}

const withoutOrder = ({ agent, item, key, seen }: AgentItem): AgentItem => ({ agent, item, key, seen })

const isActive = ({ status }: Read): boolean => status == null || /^active$/i.test(status)
const inOrder = new Intl.Collator('en', { numeric: true })

const inForceFirst = (one: Read, other: Read): number =>
  Number(isActive(other)) - Number(isActive(one)) ||
  inOrder.compare(String(other.version ?? ''), String(one.version ?? ''))

/** `"llm_model" should be a string`; where the member is missing, that. */
export function words(issue: z.core.$ZodIssue): string {
  const member = `"${issue.path.join('.')}"`
  if (issue.code === 'invalid_type' && issue.input === undefined && /received undefined/.test(issue.message))
    return `${member} is missing`
  const should = shouldBe(issue)
  return should === null ? `${member}: ${issue.message}` : `${member} should be ${should}`
}
