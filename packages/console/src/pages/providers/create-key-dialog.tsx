import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { KeyOrder } from '@pointsman/sdk'
import { useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useDropQuestion } from '../../parts/drop-question.tsx'
import { SelectField, TextField, Tick } from '../../parts/field.tsx'
import { Problem } from '../../parts/states.tsx'
import { useClient } from '../../session/session-context.tsx'
import { shared } from '../../text/shared.ts'
import { endChoices, isKeyEnd, secondsOf, type KeyEnd } from './key-ends.ts'
import { isChanged, limitOrder, noLimits, type LimitFields } from './key-limits.ts'
import { hasProblem, KeyLimits } from './limit-fields.tsx'
import { ShownOnce } from './shown-once.tsx'
import { text } from './text.ts'

type Scope = NonNullable<KeyOrder['scopes']>[number]

const scopes: readonly (readonly [scope: Scope, label: string])[] = [
  ['invoke', text.scopeInvoke],
  ['read', text.scopeRead],
  ['switch', text.scopeSwitch],
  ['admin', text.scopeAdmin],
]

interface Draft {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly limits: LimitFields
  readonly end: KeyEnd
  readonly aws: boolean
}

const emptyDraft: Draft = { name: '', scopes: ['invoke'], limits: noLimits, end: 'never', aws: false }

/** From the form to the key itself, which is shown once. */
export function CreateKeyDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useClient()
  const queries = useQueryClient()
  const [draft, setDraft] = useState(emptyDraft)
  const change = (changed: Partial<Draft>): void => setDraft((before) => ({ ...before, ...changed }))
  const make = useMutation({
    mutationFn: () =>
      client.keys.create({
        ...limitOrder(draft.limits),
        name: draft.name.trim(),
        scopes: draft.scopes,
        aws: draft.aws,
        expiresInSeconds: secondsOf(draft.end),
      }),
    // What came back holds the key: it goes with this dialog.
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  })
  const isTyped = draft.name !== '' || isChanged(draft.limits, noLimits)
  const { close, question } = useDropQuestion(isTyped, onClose)
  if (make.data !== undefined) return <ShownOnce made={make.data} onClose={onClose} />
  return (
    <Dialog
      title={text.newKey}
      size="wide"
      isOpen
      isBusy={make.isPending}
      onClose={close}
      actions={
        <>
          <Button onPress={onClose}>{shared.cancel}</Button>
          <Button
            kind="primary"
            isPending={make.isPending}
            refusedBecause={whyNot(draft)}
            onPress={() => make.mutate()}
          >
            {text.create}
          </Button>
        </>
      }
    >
      <Fields draft={draft} change={change} />
      {make.error === null ? null : <Problem error={make.error} />}
      {question}
    </Dialog>
  )
}

function whyNot({ limits, name, scopes: chosen }: Draft): string | null {
  if (name.trim() === '') return text.nameEmpty
  if (chosen.length === 0) return text.scopesEmpty
  return hasProblem(limits) ? text.notANumber : null
}

function Fields({
  change,
  draft,
}: {
  readonly draft: Draft
  readonly change: (changed: Partial<Draft>) => void
}) {
  return (
    <>
      <TextField
        label={text.name}
        hint={text.nameHint}
        value={draft.name}
        onChange={(name) => change({ name })}
        autoFocus
        maxLength={200}
      />
      <fieldset className="key-scopes">
        <legend>{text.scopes}</legend>
        {scopes.map(([scope, label]) => (
          <Tick
            key={scope}
            isSelected={draft.scopes.includes(scope)}
            onChange={(selected) =>
              change({
                scopes: selected ? [...draft.scopes, scope] : draft.scopes.filter((one) => one !== scope),
              })
            }
          >
            {label}
          </Tick>
        ))}
      </fieldset>
      <KeyLimits
        fields={draft.limits}
        onChange={(limits) => change({ limits: { ...draft.limits, ...limits } })}
      />
      <SelectField
        label={text.end}
        value={draft.end}
        choices={endChoices(null)}
        onChange={(end) => {
          if (isKeyEnd(end)) change({ end })
        }}
      />
      <Tick isSelected={draft.aws} onChange={(aws) => change({ aws })}>
        {text.aws}
      </Tick>
    </>
  )
}
