import { claudeGeneration } from '../claude/generations.ts'
import { vendorModelName } from '../claude/model-names.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { AnthropicFailure, invalid } from './failure.ts'

/** Stands for the release date, which the simulator does not know of its models. */
const CREATED_AT = '2025-01-01T00:00:00Z'
const MOST_PER_PAGE = 1_000
const PER_PAGE = 20

/** The vendor's chat models under the names that its own API has for them. */
export class AnthropicModels {
  readonly #byName = new Map<string, SimulatedModel>()
  readonly #names: readonly string[]

  /** Of two models with one name (a base id and a profile of Bedrock) the first counts; an exact id before all. */
  constructor(models: readonly SimulatedModel[]) {
    const own = models.filter((model) => model.vendor === 'anthropic' && model.purpose === 'chat')
    const exact = own.filter((model) => vendorModelName(model.id) === model.id)
    for (const model of [...exact, ...own]) {
      const name = vendorModelName(model.id)
      if (!this.#byName.has(name)) this.#byName.set(name, model)
    }
    this.#names = [...this.#byName.keys()]
    for (const model of own) {
      for (const name of model.alsoKnownAs ?? []) {
        if (!name.includes(':') && !this.#byName.has(name)) this.#byName.set(name, model)
      }
    }
  }

  /** Throws not_found_error for a name that the vendor does not have. */
  resolve(name: string): SimulatedModel {
    const model = this.#byName.get(name)
    if (model === undefined) throw new AnthropicFailure('not_found_error', `model: ${name.slice(0, 256)}`)
    return model
  }

  /** Undefined for a name that the vendor does not have, which is told only of a body that is right otherwise. */
  find(name: string): SimulatedModel | undefined {
    return this.#byName.get(name)
  }

  /** Answers `GET /v1/models`, which pages by ids. */
  page(query: URLSearchParams): string {
    const limit = pageSize(query.get('limit'))
    const after = query.get('after_id')
    const before = query.get('before_id')
    if (after !== null && before !== null) {
      throw invalid('Only one of `after_id` and `before_id` may be given')
    }
    const names = this.#names
    const from = after === null ? 0 : this.#positionOf(after, 'after_id') + 1
    const until = before === null ? names.length : this.#positionOf(before, 'before_id')
    const reachable = names.slice(from, until)
    const shown = before === null ? reachable.slice(0, limit) : reachable.slice(-limit)
    return JSON.stringify({
      data: shown.map((name) => modelInfo(name, this.resolve(name))),
      first_id: shown[0] ?? null,
      has_more: shown.length < reachable.length,
      last_id: shown.at(-1) ?? null,
    })
  }

  /** Answers `GET /v1/models/{id}`. */
  one(name: string): string {
    const model = this.resolve(name)
    return JSON.stringify(modelInfo(vendorModelName(model.id), model))
  }

  #positionOf(name: string, parameter: string): number {
    const position = this.#names.indexOf(name)
    if (position === -1) throw invalid(`${parameter}: no model has the id ${name.slice(0, 256)}`)
    return position
  }
}

function pageSize(given: string | null): number {
  if (given === null) return PER_PAGE
  const size = Number(given)
  if (!Number.isInteger(size)) throw invalid('limit: Input should be a valid integer')
  if (size < 1) throw invalid('limit: Input should be greater than or equal to 1')
  if (size > MOST_PER_PAGE) throw invalid(`limit: Input should be less than or equal to ${MOST_PER_PAGE}`)
  return size
}

const LIFECYCLES: Readonly<Record<string, string>> = { eol: 'retired', legacy: 'deprecated' }

function modelInfo(name: string, model: SimulatedModel): Record<string, unknown> {
  const { status, endsOn } = model.lifecycle
  return {
    type: 'model',
    id: name,
    display_name: model.name,
    created_at: CREATED_AT,
    max_input_tokens: model.contextTokens,
    max_tokens: model.maxOutputTokens,
    capabilities: capabilities(model),
    lifecycle: LIFECYCLES[status] ?? 'active',
    deprecated_at: null,
    retires_at: endsOn === null ? null : `${endsOn.slice(0, 10)}T00:00:00Z`,
    line: null,
  }
}

/** Null where one of the abilities is not known: the vendor's shape has no word for that within. */
function capabilities(model: SimulatedModel): Record<string, unknown> | null {
  const { images, documents, reasoning } = model.abilities
  if (images === null || documents === null || reasoning === null) return null
  const takes = claudeGeneration(model)
  const can = (supported: boolean): { readonly supported: boolean } => ({ supported })
  return {
    batch: can(false),
    citations: can(documents),
    code_execution: can(false),
    context_management: {
      supported: false,
      clear_thinking_20251015: null,
      clear_tool_uses_20250919: null,
      compact_20260112: null,
    },
    effort: {
      supported: reasoning,
      low: can(reasoning),
      medium: can(reasoning),
      high: can(reasoning),
      xhigh: can(reasoning),
      max: can(reasoning),
    },
    image_input: can(images),
    pdf_input: can(documents),
    server_tools: { supported: false, code_execution: can(false), web_search: can(false) },
    structured_outputs: can(true),
    thinking: {
      supported: reasoning,
      types: {
        adaptive: can(reasoning && takes.takesAdaptiveThinking),
        between_tools: can(reasoning && takes.takesBetweenTools),
        disabled: can(takes.takesNoThinking),
        enabled: can(reasoning && takes.takesThinkingBudget),
      },
    },
  }
}
