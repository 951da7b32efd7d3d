import type { Drill } from '@pointsman/contract'
import { isDrawn, isOver, type CompiledRoute, type ResilienceNumbers } from '@pointsman/core'
import { createCircuits, type Circuits } from './circuits.ts'
import type { Chance, Clock } from './ports.ts'
import { createRetryBudgets, type RetryBudgets } from './retry-budgets.ts'

/**
 * A drill as this process carries it out. Circuits and retry budgets are the drill's own, so that they react as to a real
 * fault while no other route meets a circuit that only a drill opened, and nothing is left of them after its end.
 */
export interface DrillUnderWay {
  readonly drill: Drill
  readonly circuits: Circuits
  readonly retryBudgets: RetryBudgets
  /** False once it is over, was stopped, or can no longer be stopped from here: whoever is hit by it is let go. */
  goesOn(): boolean
}

/** The drills of this process. */
export interface Drills {
  /** The drill that a request of this route is drawn into; null = in none. */
  draw(route: Pick<CompiledRoute, 'key' | 'drill'>): DrillUnderWay | null
}

export interface DrillsParts {
  readonly clock: Clock
  readonly chance: Chance
  readonly resilience: ResilienceNumbers
  /** The route's drill as the newest snapshot has it; undefined = none. */
  readonly present: (routeKey: string) => Drill | undefined
  /** False: a stop would not be heard here, so that no drill may run. */
  readonly hears: () => boolean
}

interface Held extends DrillUnderWay {
  /** Monotonic microseconds of its first sight. */
  readonly seenAtUs: number
}

/** The holder of these; one a process, bounded to `maxDrills`: the one seen first makes room. */
export function createDrills(parts: DrillsParts, maxDrills = 1_000): Drills {
  const { chance, clock, hears, present, resilience } = parts
  const held = new Map<string, Held>()
  // A clock that is behind the others must not make it longer: it lasts no longer than it was to last, from its first sight.
  const lasts = ({ drill, seenAtUs }: Pick<Held, 'drill' | 'seenAtUs'>): boolean =>
    !isOver(drill, clock.nowMs()) && clock.nowUs() - seenAtUs < (drill.endsAtMs - drill.startedAtMs) * 1_000
  const begin = (routeKey: string, drill: Drill): Held => {
    const seenAtUs = clock.nowUs()
    const begun: Held = {
      drill,
      seenAtUs,
      circuits: createCircuits({ numbers: resilience.breaker, chance }),
      retryBudgets: createRetryBudgets(resilience.retry),
      goesOn: () => hears() && present(routeKey)?.id === drill.id && lasts(begun),
    }
    const oldest = held.keys().next()
    if (held.size >= maxDrills && oldest.done !== true) held.delete(oldest.value)
    held.set(drill.id, begun)
    return begun
  }
  return {
    draw({ drill, key }) {
      if (drill === undefined || isOver(drill, clock.nowMs())) return null
      const underWay = held.get(drill.id) ?? begin(key, drill)
      return underWay.goesOn() && isDrawn(drill, chance()) ? underWay : null
    },
  }
}
