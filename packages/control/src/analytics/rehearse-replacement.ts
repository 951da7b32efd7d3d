import { PointsmanError, type SwitchScope } from '@pointsman/contract'
import { rank, servicePrincipal, type CompiledRoute, type CompiledSnapshot } from '@pointsman/core'
import type { ControlHouse } from '../house.ts'
import { providersOf } from '../switches/perform.ts'
import { readHealth, readTraffic } from '../switches/traffic.ts'
import type { EndingModel, RouteAtRisk } from './lifecycle-report.ts'

/** What a switch to the replacement would meet. */
export interface Rehearsal {
  readonly replacement: string
  readonly chosenBy: 'catalogue' | 'ranking'
  readonly passes: boolean
  readonly problems: string[]
  readonly warnings: string[]
  readonly costImpactEstimated: number | null
  readonly costExplanation: string | null
}

/** Further routes of one model are told without: each rehearsal reads a week of traffic. */
const maxRehearsed = 50

/** The report with each route's replacement tried out, as a dry run of the switch that would be made. */
export async function rehearsed(
  house: ControlHouse,
  snapshot: CompiledSnapshot,
  models: readonly EndingModel[],
) {
  const rows = []
  let left = maxRehearsed
  for (const model of models) {
    const routes = []
    for (const at of model.routes) {
      const route = snapshot.routes.get(at.route)
      left -= 1
      const rehearsal = route === undefined || left < 0 ? null : await rehearse(house, model, { at, route })
      routes.push({ ...at, rehearsal })
    }
    rows.push({ ...model, routes })
  }
  return rows
}

interface Place {
  readonly at: RouteAtRisk
  readonly route: CompiledRoute
}

async function rehearse(
  house: ControlHouse,
  model: EndingModel,
  { at, route }: Place,
): Promise<Rehearsal | null> {
  const ranked = model.replacement === null ? await bestOther(house, model, route) : null
  const replacement = model.replacement ?? ranked
  if (replacement === null) return null
  const chosenBy = model.replacement === null ? 'ranking' : 'catalogue'
  const scope =
    route.kind === 'default' ? {} : route.kind === 'agent' ? { agent: route.name } : { useCase: route.name }
  const serves = at.as === 'target'
  try {
    // Nothing is changed, so that whoever may read the report needs no right to switch.
    const told = await house.switching.switchTo(servicePrincipal, {
      modelId: replacement,
      scope,
      dryRun: true,
    })
    return {
      ...{ replacement, chosenBy, passes: true, problems: [], warnings: [...told.warnings] },
      costImpactEstimated: serves ? told.costImpactEstimated : null,
      costExplanation: serves ? told.costExplanation : null,
    }
  } catch (error) {
    if (!(error instanceof PointsmanError) || error.status >= 500) throw error
    return {
      ...{ replacement, chosenBy, passes: false, problems: [error.message], warnings: [] },
      ...{ costImpactEstimated: null, costExplanation: null },
    }
  }
}

/** The best of the route's list that is not ending itself; null = none passes. */
async function bestOther(
  house: ControlHouse,
  model: EndingModel,
  route: CompiledRoute,
): Promise<string | null> {
  const { compiled } = house.publishing.holder.required()
  const nowMs = house.clock.nowMs()
  const scope: SwitchScope =
    route.kind === 'default' ? { kind: 'global' } : { kind: route.kind, name: route.name }
  const traffic = await readTraffic(house.database, compiled, { scope, route }, nowMs)
  const health = await readHealth(house.database, nowMs)
  const ranked = rank(compiled, {
    ...{ route, objective: route.objective, health, excluded: [model.modelId], nowMs },
    ...{ homeRegion: house.homeRegion, needs: traffic.needs, providers: providersOf(house) },
  })
  return ranked.find(({ passed }) => passed)?.model ?? null
}
