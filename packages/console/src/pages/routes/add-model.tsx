import { useState } from 'react'
import { findModels } from '../../parts/find-targets.ts'
import { FoundField } from '../../parts/found-field.tsx'
import { useClient } from '../../session/session-context.tsx'
import { text } from './text.ts'

/** A model of the catalogue by its name or id; chosen, it stands at the list's end. */
export function AddModel({
  onAdd,
  refusal,
  without,
}: {
  readonly without: readonly string[]
  readonly refusal: string | null
  readonly onAdd: (modelId: string) => void
}) {
  const client = useClient()
  const find = findModels(client, { includeDisabled: true })
  // A new field for each that was added: it begins empty.
  const [added, setAdded] = useState(0)
  if (refusal !== null) return <p className="soft small">{refusal}</p>
  return (
    <FoundField
      key={added}
      label={text.add}
      // The one that had it is gone.
      autoFocus={added > 0}
      value=""
      onChange={(id) => {
        if (id === '') return
        onAdd(id)
        setAdded(added + 1)
      }}
      queryKey={['models', 'found', 'to add', without]}
      find={async (typed, signal) => (await find(typed, signal)).filter(({ id }) => !without.includes(id))}
    />
  )
}
