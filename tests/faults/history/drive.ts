import { chanceOf } from '../../chance.ts'
import type { FaceName } from './faces.ts'
import type { Ask, AskedServer, ClientEntry, Recorder } from './recorder.ts'

export interface LoadPlan {
  readonly seed: number
  /** Asked before each request, so that it may name another one after a restart. */
  readonly server: () => AskedServer
  /** Names that are asked for. */
  readonly models: readonly string[]
  readonly faces?: readonly FaceName[]
  /** Clients that ask one request after the other. */
  readonly clients: number
  /** No client begins another one after so many in all. */
  readonly requests: number
  /** Asked before each request: true = no further ones. */
  readonly enough?: () => boolean
  /** Told of each request as soon as it has ended. */
  readonly ended?: (entry: ClientEntry) => void
  /** Share that streams; 0.5. */
  readonly streams?: number
  /** Share of streams whose client leaves somewhere in its midst; 0. */
  readonly leaves?: number
}

const defaultFaces: readonly FaceName[] = ['openai-chat', 'anthropic-messages', 'bedrock-converse', 'gemini']

/** A bounded load whose requests follow from its seed (their order in time does not). Resolves when all have ended. */
export async function drive(recorder: Recorder, plan: LoadPlan): Promise<void> {
  const chance = chanceOf(plan.seed)
  let begun = 0
  const client = async (): Promise<void> => {
    while (begun < plan.requests && plan.enough?.() !== true) {
      begun += 1
      const entry = await recorder.ask(plan.server(), nextAsk(plan, chance))
      plan.ended?.(entry)
      // A server that is down refuses at once: without a pause its clients would ask thousands of times.
      if (entry.end === 'unknown') await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  await Promise.all(Array.from({ length: plan.clients }, client))
}

function nextAsk(plan: LoadPlan, chance: () => number): Ask {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(chance() * items.length)] as Item
  const stream = chance() < (plan.streams ?? 0.5)
  const ask = { face: pick(plan.faces ?? defaultFaces), model: pick(plan.models), stream }
  const [leaves, after] = [chance() < (plan.leaves ?? 0), Math.floor(chance() * 400)]
  return stream && leaves ? { ...ask, leaves: ({ text }) => text.length > after } : ask
}
