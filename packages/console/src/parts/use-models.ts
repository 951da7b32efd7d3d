import { useQuery } from '@tanstack/react-query'
import type { ModelItem } from '@pointsman/sdk'
import { useMemo } from 'react'
import { readWhole } from './read-whole.ts'
import { useClient } from '../session/session-context.tsx'

const none: readonly ModelItem[] = []

export interface KnownModels {
  readonly all: readonly ModelItem[]
  readonly byId: ReadonlyMap<string, ModelItem>
  /** Its display name; the id where it is not known. */
  readonly nameOf: (id: string) => string
}

/** The catalogue, disabled models too: one question, which all parts of a page share. */
export function useModels(): KnownModels {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['models', 'choice'],
    queryFn: ({ signal }) =>
      readWhole(client.models.each({ includeDisabled: true, limit: 1_000 }, { signal })),
    staleTime: 60_000,
  })
  const all = data?.data ?? none
  return useMemo(() => {
    const byId = new Map(all.map((model) => [model.id, model]))
    return { all, byId, nameOf: (id: string) => byId.get(id)?.name ?? id }
  }, [all])
}
