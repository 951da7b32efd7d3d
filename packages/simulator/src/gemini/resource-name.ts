import type { SimulatedModel } from '../simulated-model.ts'
import { invalid } from './failure.ts'

/** Throws where a body names another model than its address; a body need not name one. */
export function checkModelName(named: string, model: SimulatedModel, where: string): void {
  if (named === '' || named === `models/${model.id}`) return
  if (!named.startsWith('models/')) {
    throw invalid(`${where}.model: unexpected model name format`)
  }
  throw invalid(`${where}.model: the model name must match the one of the request, models/${model.id}`)
}
