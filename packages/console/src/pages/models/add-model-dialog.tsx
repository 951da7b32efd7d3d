import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ModelDetail } from '@pointsman/sdk'
import { useState } from 'react'
import { tellChanged } from '../../parts/behind.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useDropQuestion } from '../../parts/drop-question.tsx'
import { SelectField, TextField, Tick } from '../../parts/field.tsx'
import { Problem } from '../../parts/states.tsx'
import { readWhole } from '../../parts/read-whole.ts'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { shared } from '../../text/shared.ts'
import { emptyFields, newModelOf, whyNotAdd, type NewFields } from './new-model.ts'
import { text } from './text.ts'

/** A new entry, made of one that is like it. */
export function AddModelDialog({
  onAdded,
  onClose,
}: {
  readonly onClose: () => void
  readonly onAdded: (id: string) => void
}) {
  const client = useClient()
  const queries = useQueryClient()
  const [fields, setFields] = useState(emptyFields)
  const change = (changed: Partial<NewFields>): void => setFields((before) => ({ ...before, ...changed }))
  const { close, question } = useDropQuestion(
    typed.some(([name]) => fields[name] !== ''),
    onClose,
  )
  const like = useQuery({
    queryKey: ['models', 'one', fields.like],
    queryFn: ({ signal }) => client.models.show(fields.like, { signal }),
    enabled: fields.like !== '',
  })
  const add = useMutation({
    mutationFn: (entry: ModelDetail) => client.models.add(newModelOf(fields, entry, Date.now())),
    onSuccess: async (added) => {
      await queries.invalidateQueries({ queryKey: ['models'] })
      tellChanged(fill(text.added, { name: added.name }), added)
      onClose()
      onAdded(added.id)
    },
  })
  return (
    <Dialog
      title={text.add}
      size="wide"
      isOpen
      isBusy={add.isPending}
      onClose={close}
      actions={
        <>
          <Button onPress={onClose}>{shared.cancel}</Button>
          <Button
            kind="primary"
            isPending={add.isPending}
            refusedBecause={whyNotAdd(fields, like.data)}
            onPress={() => {
              if (like.data !== undefined) add.mutate(like.data)
            }}
          >
            {text.doAdd}
          </Button>
        </>
      }
    >
      <p className="soft">{text.addHint}</p>
      <Like value={fields.like} onChange={(id) => change({ like: id })} />
      <Fields fields={fields} change={change} />
      {add.error === null ? null : <Problem error={add.error} />}
      {question}
    </Dialog>
  )
}

function Like({ onChange, value }: { readonly value: string; readonly onChange: (id: string) => void }) {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['models', 'choice'],
    queryFn: ({ signal }) =>
      readWhole(client.models.each({ includeDisabled: true, limit: 1_000 }, { signal })),
    staleTime: 60_000,
  })
  return (
    <SelectField
      label={text.like}
      hint={text.likeHint}
      value={value}
      onChange={onChange}
      // Pressed before there is anything to choose from, it would do nothing and say nothing.
      isReadOnly={data === undefined}
      choices={(data?.data ?? []).map(({ id, name, servedBy }) => ({
        id,
        label: `${name} · ${servedBy} · ${id}`,
      }))}
    />
  )
}

const typed = [
  ['id', text.newId, text.newIdHint],
  ['name', text.newName, undefined],
  ['upstreamId', text.newUpstream, text.newUpstreamHint],
  ['contextTokens', text.newContext, undefined],
  ['maxOutputTokens', text.newOutput, undefined],
  ['inputUsd', text.newInputPrice, text.newPriceHint],
  ['outputUsd', text.newOutputPrice, text.newPriceHint],
  ['source', text.newSource, undefined],
] as const

const Fields = ({
  change,
  fields,
}: {
  readonly fields: NewFields
  readonly change: (changed: Partial<NewFields>) => void
}) => (
  <>
    <div className="model-form">
      {typed.map(([name, label, hint]) => (
        <TextField
          key={name}
          label={label}
          {...(hint === undefined ? {} : { hint })}
          value={fields[name]}
          onChange={(value) => change({ [name]: value })}
        />
      ))}
    </div>
    <Tick isSelected={fields.enabled} onChange={(enabled) => change({ enabled })}>
      {text.newEnabled}
    </Tick>
  </>
)
