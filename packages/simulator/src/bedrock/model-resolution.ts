import type { SimulatedModel } from '../simulated-model.ts'
import { validation } from './failure.ts'

const ARN = /^arn:aws[a-z-]*:bedrock:([a-z0-9-]*):(\d{12})?:(inference-profile|foundation-model)\/(.+)$/

/** The models by every name under which a request may ask for them. */
export class ModelDirectory {
  readonly models: readonly SimulatedModel[]
  readonly #byName = new Map<string, SimulatedModel>()
  readonly #profilesByBase = new Map<string, SimulatedModel[]>()

  constructor(models: readonly SimulatedModel[]) {
    this.models = models
    for (const model of models) {
      this.#byName.set(model.id, model)
      for (const name of model.alsoKnownAs ?? []) this.#byName.set(name, model)
      if (model.baseModelId === null || model.baseModelId === model.id) continue
      const profiles = this.#profilesByBase.get(model.baseModelId) ?? []
      this.#profilesByBase.set(model.baseModelId, [...profiles, model])
    }
  }

  /**
   * The model that an id or ARN means in a region. Throws Bedrock's ValidationException for an id that is unknown or
   * not offered there, and the one about on-demand throughput for a base id that the region serves only through a
   * profile.
   */
  resolve(modelId: string, region: string): SimulatedModel {
    const arn = ARN.exec(modelId)
    if (arn !== null && !this.#byName.has(modelId)) {
      const [, arnRegion = '', , , name = ''] = arn
      if (arnRegion !== region && arnRegion !== '') throw unknownModel()
      return this.#named(name, region)
    }
    return this.#named(modelId, region)
  }

  /** The model behind a base id, as CountTokens wants it: a profile is refused, a base id without on-demand is not. */
  resolveBase(modelId: string, region: string): SimulatedModel {
    const name = ARN.exec(modelId)?.[4] ?? modelId
    const own = this.#byName.get(name)
    if (own !== undefined && offeredIn(own, region)) {
      if (own.baseModelId === null || own.baseModelId === own.id) return own
      throw unknownModel()
    }
    const profile = this.#profilesByBase.get(name)?.find((candidate) => offeredIn(candidate, region))
    if (profile === undefined) throw unknownModel()
    return profile
  }

  #named(name: string, region: string): SimulatedModel {
    const model = this.#byName.get(name)
    if (model?.profileOnlyRegions?.includes(region) === true) throw profileOnly(name)
    if (model !== undefined && offeredIn(model, region)) return model
    const profiles = this.#profilesByBase.get(name) ?? []
    if (profiles.some((profile) => offeredIn(profile, region))) throw profileOnly(name)
    throw unknownModel()
  }
}

/** A model without known regions, and one past its end of life, is offered everywhere. */
export function offeredIn(model: SimulatedModel, region: string): boolean {
  const regions = model.sourceRegions
  return (
    regions === null || regions.length === 0 || model.lifecycle.status === 'eol' || regions.includes(region)
  )
}

function unknownModel(): Error {
  return validation('The provided model identifier is invalid.')
}

// The apostrophe is U+2019, as Bedrock sends it: clients match on it.
function profileOnly(modelId: string): Error {
  return validation(
    `Invocation of model ID ${modelId} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
  )
}
