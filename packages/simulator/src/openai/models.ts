import type { SimulatedModel } from '../simulated-model.ts'
import { OpenaiFailure } from './failure.ts'

/** Stands for the release date, which the simulator does not know of its models. */
const CREATED_S = 1_735_689_600

/**
 * The models of this face. OpenAI's own, and those of `local` servers, which speak the same API under names of their own:
 * a catalogue's models of other vendors are none of it.
 */
export class OpenaiModels {
  readonly #byId: ReadonlyMap<string, SimulatedModel>

  constructor(models: readonly SimulatedModel[]) {
    const own = models.filter(({ vendor, id }) => vendor === 'openai' && !id.includes(':'))
    this.#byId = new Map(
      own.flatMap((model) => [model.id, ...(model.alsoKnownAs ?? [])].map((name) => [name, model])),
    )
  }

  named(id: string): SimulatedModel {
    const model = this.#byId.get(id)
    if (model !== undefined) return model
    throw new OpenaiFailure(
      'invalid_request_error',
      `The model \`${id.slice(0, 200)}\` does not exist or you do not have access to it.`,
      { status: 404, code: 'model_not_found' },
    )
  }

  list(): string {
    return JSON.stringify({ object: 'list', data: [...this.#byId.keys()].map(described) })
  }

  one(id: string): string {
    this.named(id)
    return JSON.stringify(described(id))
  }
}

const described = (id: string) => ({ id, object: 'model', created: CREATED_S, owned_by: 'openai' })
