import type { Candidate } from '@pointsman/contract'

export type Called = Pick<Candidate, 'modelId' | 'region'>

const maxModels = 10_000
const keysOfModels = new Map<string, Map<string, string>>()

/**
 * `modelId@region`: whom circuits, retry budgets and averages are kept for. Each is made once: a text that is made anew is looked
 * up among all texts that V8 knows before it is looked up in a map, 0.2 µs each time. A holder; bound: `maxModels`, each with its regions of the catalogue, then all are made again.
 */
export function circuitKey({ modelId, region }: Called): string {
  const known = keysOfModels.get(modelId)?.get(region)
  return known ?? made(modelId, region)
}

function made(modelId: string, region: string): string {
  const key = `${modelId}@${region}`
  if (keysOfModels.size >= maxModels) keysOfModels.clear()
  const keys = keysOfModels.get(modelId)
  if (keys === undefined) keysOfModels.set(modelId, new Map([[region, key]]))
  else keys.set(region, key)
  return key
}
