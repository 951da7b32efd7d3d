import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { KeyChange, KeyItem } from '@pointsman/sdk'
import { useState } from 'react'
import { tellChanged } from '../../parts/behind.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useDropQuestion } from '../../parts/drop-question.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { Problem } from '../../parts/states.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { shared } from '../../text/shared.ts'
import { endChoices, isKeyEnd, secondsOf, type KeyEnd } from './key-ends.ts'
import { isChanged, limitOrder, limitsOf, type LimitFields } from './key-limits.ts'
import { hasProblem, KeyLimits } from './limit-fields.tsx'
import { text } from './text.ts'

/** Another name, other limits or another end of a key that goes on being used. */
export function EditKeyDialog({ item, onClose }: { readonly item: KeyItem; readonly onClose: () => void }) {
  const client = useClient()
  const queries = useQueryClient()
  // What the changes began from: its revision tells the server whether somebody else was quicker.
  const [base] = useState(item)
  const [name, setName] = useState(base.name)
  const [limits, setLimits] = useState(() => limitsOf(base))
  const [end, setEnd] = useState<KeyEnd>(base.expiresAt === null ? 'never' : 'kept')
  const isTyped = name !== base.name || isChanged(limits, limitsOf(base))
  const { close, question } = useDropQuestion(isTyped, onClose)
  const save = useMutation({
    mutationFn: () =>
      client.keys.change(
        base.id,
        { ...limitOrder(limits), name: name.trim(), ...orderOf(end) },
        { ifMatch: base.revision },
      ),
    onSuccess: async (changed) => {
      await queries.invalidateQueries({ queryKey: ['keys'] })
      tellChanged(fill(text.changed, { name: changed.name }), changed)
      onClose()
    },
  })
  return (
    <Dialog
      title={fill(text.editTitle, { name: base.name })}
      size="wide"
      isOpen
      isBusy={save.isPending}
      onClose={close}
      actions={
        <>
          <Button onPress={onClose}>{shared.cancel}</Button>
          <Button
            kind="primary"
            isPending={save.isPending}
            refusedBecause={whyNot(name, limits)}
            onPress={() => save.mutate()}
          >
            {shared.save}
          </Button>
        </>
      }
    >
      <TextField label={text.name} value={name} onChange={setName} maxLength={200} />
      <KeyLimits fields={limits} onChange={(changed) => setLimits((before) => ({ ...before, ...changed }))} />
      <SelectField
        label={text.end}
        value={end}
        choices={endChoices(base.expiresAt)}
        onChange={(id) => {
          if (isKeyEnd(id)) setEnd(id)
        }}
      />
      {save.error === null ? null : <Problem error={save.error} />}
      {question}
    </Dialog>
  )
}

/** What is kept is not named. */
const orderOf = (end: KeyEnd): Pick<KeyChange, 'expiresAt' | 'expiresInSeconds'> =>
  end === 'never' ? { expiresAt: null } : { expiresInSeconds: secondsOf(end) }

function whyNot(name: string, limits: LimitFields): string | null {
  if (name.trim() === '') return text.nameEmpty
  return hasProblem(limits) ? text.notANumber : null
}
