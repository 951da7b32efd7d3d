import type { Needs, SwitchScope, UsageRecord } from '@pointsman/contract'
import type { CompiledRoute, CompiledSnapshot, MeanDailyUsage, ModelHealth } from '@pointsman/core'
import {
  meanDailyUsage,
  recentFailures,
  recentNeeds,
  usageRecords,
  usageTotals,
  type Database,
  type UsageTotal,
} from '@pointsman/registry'
import type { Present } from './present.ts'

const dayMs = 86_400_000
const usageDays = 7
const healthMs = 15 * 60_000
/** A conversation longer than this in a week is summed up to here: its impact is an estimate anyway. */
const maxConversationRecords = 500

/** With a thousand agents that inherit the default, a switch must not wait for a thousand queries. */
const maxRoutesAsked = 20

/** What a scope's own traffic says of a switch; read before the registry's lock is taken, because it may be slow. */
export interface Traffic {
  /** What the recent requests needed, any of them; null = no requests. */
  readonly needs: Needs | null
  readonly usage: MeanDailyUsage
  /** The same by the model that served, where one scope's traffic goes to several; null = one serves it. */
  readonly byModel: ReadonlyMap<string, MeanDailyUsage> | null
}

export async function readTraffic(
  database: Database,
  snapshot: CompiledSnapshot,
  at: { readonly scope: SwitchScope; readonly route: CompiledRoute; readonly every?: Present['every'] },
  nowMs: number,
): Promise<Traffic> {
  const routes = routesMovedBy(snapshot, at)
  return {
    needs: await readNeeds(database, routes, nowMs),
    usage: await usageOf(database, at.scope, routes, nowMs),
    byModel: await usageByModel(database, at, nowMs),
  }
}

/** What the recent requests of these routes needed, any of them; null = no requests. */
export async function readNeeds(
  database: Database,
  routes: readonly string[],
  nowMs: number,
): Promise<Needs | null> {
  const needs = await Promise.all(
    routes.slice(0, maxRoutesAsked).map((route) => recentNeeds(database, route, nowMs - usageDays * dayMs)),
  )
  return needs.reduce(anyOf, null)
}

/**
 * How each model did lately, over all replicas: for a ranking only. It reads whole records, and a switch that names its
 * model must not wait for that.
 */
export const readHealth = (database: Database, nowMs: number): Promise<ReadonlyMap<string, ModelHealth>> =>
  recentFailures(database, nowMs - healthMs)

/**
 * A user's or a conversation's requests by the model that served them. Of a busy user only the newest are read: their
 * shares stand for the whole week's.
 */
async function usageByModel(
  database: Database,
  { scope, every }: { readonly scope: SwitchScope; readonly every?: Present['every'] },
  nowMs: number,
): Promise<Traffic['byModel']> {
  if (every == null || every.served.length < 2) return null
  if (scope.kind !== 'user' && scope.kind !== 'conversation') return null
  const { data } = await usageRecords(database, {
    ...(scope.kind === 'user' ? { userId: scope.id } : { conversationId: scope.id }),
    workspace: scope.workspace,
    fromMs: nowMs - usageDays * dayMs,
    limit: maxConversationRecords,
    cursor: null,
  })
  const oldest = data.at(-1)
  const isPart = data.length === maxConversationRecords && oldest !== undefined
  const spanMs = isPart ? Math.max(1, nowMs - oldest.receivedAtMs) : usageDays * dayMs
  const scale = (usageDays * dayMs) / spanMs
  const served = data.filter(({ modelId }) => modelId !== null)
  return new Map(
    [...Map.groupBy(served, ({ modelId }) => modelId ?? '')].map(([model, records]) => [
      model,
      meanOf(records.map((record) => tokensOf(record, scale))),
    ]),
  )
}

/** A route, and for the default those that inherit its target: their traffic moves with it. */
function routesMovedBy(
  snapshot: CompiledSnapshot,
  { scope, route }: { readonly scope: SwitchScope; readonly route: CompiledRoute },
): readonly string[] {
  if (scope.kind !== 'global') return [route.key]
  const inheriting = [...snapshot.routes.values()].filter(
    ({ key, inheritsTarget }) => inheritsTarget && key !== route.key,
  )
  return [route.key, ...inheriting.map(({ key }) => key)]
}

async function usageOf(
  database: Database,
  scope: SwitchScope,
  routes: readonly string[],
  nowMs: number,
): Promise<MeanDailyUsage> {
  const fromMs = nowMs - usageDays * dayMs
  switch (scope.kind) {
    case 'conversation': {
      const filter = { conversationId: scope.id, workspace: scope.workspace, fromMs }
      const { data } = await usageRecords(database, {
        ...filter,
        limit: maxConversationRecords,
        cursor: null,
      })
      return meanOf(data.map((record) => tokensOf(record, 1)))
    }
    case 'user': {
      const totals = await usageTotals(database, {
        groupBy: 'user',
        fromMs,
        toMs: nowMs,
        workspace: scope.workspace,
        groups: [scope.id],
      })
      return meanOf(totals.map(ofRollup))
    }
    case 'global': {
      const totals = await usageTotals(database, { groupBy: 'route', fromMs, toMs: nowMs, groups: routes })
      return meanOf(totals.map(ofRollup))
    }
    case 'agent':
    case 'use-case':
      return meanDailyUsage(database, routes[0] ?? null, { nowMs, days: usageDays })
    default:
      return scope satisfies never
  }
}

type Tokens = Omit<MeanDailyUsage, 'days'>

/** One record, counted `times`. */
const tokensOf = ({ usage }: UsageRecord, times: number): Tokens => ({
  requests: times,
  inputTokens: times * (usage.inputTokens ?? 0),
  cacheReadTokens: times * (usage.cacheReadTokens ?? 0),
  cacheWrite5mTokens: times * (usage.cacheWrite5mTokens ?? 0),
  cacheWrite1hTokens: times * (usage.cacheWrite1hTokens ?? 0),
  outputTokens: times * (usage.outputTokens ?? 0),
})

/** Totals know one bucket of cache writes: taken as the short-lived kind, the usual one. */
const ofRollup = (total: UsageTotal): Tokens => ({
  ...total,
  cacheWrite5mTokens: total.cacheWriteTokens,
  cacheWrite1hTokens: 0,
})

const nothing: MeanDailyUsage = {
  requests: 0,
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  days: usageDays,
}

const plus = (sum: MeanDailyUsage, more: Tokens): MeanDailyUsage => ({
  requests: sum.requests + more.requests,
  inputTokens: sum.inputTokens + more.inputTokens,
  cacheReadTokens: sum.cacheReadTokens + more.cacheReadTokens,
  cacheWrite5mTokens: sum.cacheWrite5mTokens + more.cacheWrite5mTokens,
  cacheWrite1hTokens: sum.cacheWrite1hTokens + more.cacheWrite1hTokens,
  outputTokens: sum.outputTokens + more.outputTokens,
  days: usageDays,
})

function meanOf(totals: readonly Tokens[]): MeanDailyUsage {
  const sum = totals.reduce(plus, nothing)
  return {
    requests: sum.requests / usageDays,
    inputTokens: sum.inputTokens / usageDays,
    cacheReadTokens: sum.cacheReadTokens / usageDays,
    cacheWrite5mTokens: sum.cacheWrite5mTokens / usageDays,
    cacheWrite1hTokens: sum.cacheWrite1hTokens / usageDays,
    outputTokens: sum.outputTokens / usageDays,
    days: usageDays,
  }
}

/** Nothing is known of it. */
export const noTraffic: Traffic = { needs: null, usage: nothing, byModel: null }

const anyOf = (sum: Needs | null, more: Needs | null): Needs | null =>
  sum === null || more === null
    ? (sum ?? more)
    : {
        tools: sum.tools || more.tools,
        images: sum.images || more.images,
        documents: sum.documents || more.documents,
        streaming: sum.streaming || more.streaming,
        jsonSchema: sum.jsonSchema || more.jsonSchema,
        reasoning: sum.reasoning || more.reasoning,
        inputTokensEstimate: Math.max(sum.inputTokensEstimate, more.inputTokensEstimate),
      }
