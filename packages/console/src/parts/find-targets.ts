import type { Client, ModelItem } from '@pointsman/sdk'
import { foundAtOnce } from './found-field.tsx'
import type { Choice } from './field.tsx'

type Find = (typed: string, signal: AbortSignal) => Promise<readonly Choice[]>

export const labelOfModel = ({ id, name }: Pick<ModelItem, 'id' | 'name'>): string =>
  name === id ? id : `${name} · ${id}`

/** Models by their id, name, maker or provider. */
export const findModels =
  (client: Client, { includeDisabled }: { readonly includeDisabled: boolean }): Find =>
  async (typed, signal) => {
    const { data } = await client.models.list(
      { includeDisabled, limit: foundAtOnce, ...(typed === '' ? {} : { search: typed }) },
      { signal },
    )
    return data.map((model) => ({ id: model.id, label: labelOfModel(model) }))
  }

/** Use cases, then agents, by their name. */
export const findRoutes =
  (client: Client): Find =>
  async (typed, signal) => {
    const question = { limit: foundAtOnce, ...(typed === '' ? {} : { search: typed }) }
    const [useCases, agents] = await Promise.all([
      client.useCases.list(question, { signal }),
      client.agents.list(question, { signal }),
    ])
    return [...useCases.data, ...agents.data].map(({ key }) => ({ id: key, label: key }))
  }
