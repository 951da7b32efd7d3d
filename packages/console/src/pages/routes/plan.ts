import type { RouteItem } from '@pointsman/sdk'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** One model of a plan, in its place. */
export interface PlanStep {
  readonly modelId: string
  readonly role: string
  readonly why: string
  readonly serves: boolean
  /** Share of the requests, 0 … 1, where weights decide. */
  readonly share: number | null
}

export interface Plan {
  readonly steps: readonly PlanStep[]
  /** What follows when all of them fail. */
  readonly after: string
}

/** What a plan follows from. */
export type Planned = Pick<
  RouteItem,
  'candidates' | 'fallbacks' | 'inherits' | 'serves' | 'strategy' | 'switchId' | 'target'
>

/** What a request for the route gets, in its order, from the route's own rules. */
export function planOf(route: Planned): Plan {
  const first = picksByStrategy(route) ? strategySteps(route) : [servingStep(route)]
  const named = new Set(first.map(({ modelId }) => modelId))
  const chain = (route.fallbacks ?? []).filter((modelId) => !named.has(modelId))
  const steps = [
    ...first,
    ...chain.map((modelId, index): PlanStep => ({
      modelId,
      role: fill(text.fallback, { place: index + 1 }),
      why: text.because.chain,
      serves: false,
      share: null,
    })),
  ]
  const after = route.fallbacks === null ? text.familyRules : chain.length === 0 ? text.noFallback : ''
  return { steps, after }
}

/** As the snapshot is compiled: a target that a switch set stands before the strategy. */
const picksByStrategy = ({ candidates, strategy, switchId, target }: Planned): boolean =>
  strategy !== 'priority' && candidates.length > 0 && (target === null || switchId === null)

const servingStep = ({ inherits, serves }: Planned): PlanStep => ({
  modelId: serves,
  role: text.nowServes,
  why: inherits ? text.because.inherits : text.because.target,
  serves: true,
  share: null,
})

function strategySteps({ candidates, strategy }: Planned): readonly PlanStep[] {
  const sum = candidates.reduce((total, { weight }) => total + weight, 0)
  return candidates.map(({ modelId, weight }) => ({
    modelId,
    role: text.byStrategy,
    why: text.because.strategy,
    serves: true,
    share: strategy === 'weighted' && sum > 0 ? weight / sum : null,
  }))
}
