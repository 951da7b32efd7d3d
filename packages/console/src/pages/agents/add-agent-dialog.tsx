import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Client } from '@pointsman/sdk'
import { useState } from 'react'
import { tellChanged } from '../../parts/behind.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { useDropQuestion } from '../../parts/drop-question.tsx'
import { TextField } from '../../parts/field.tsx'
import { Problem } from '../../parts/states.tsx'
import { tell } from '../../parts/toast.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { shared } from '../../text/shared.ts'
import { text } from './text.ts'

/** Added it is answered by the default; its model is chosen where it is shown next. */
export function AddAgentDialog({
  onAdded,
  onClose,
}: {
  readonly onClose: () => void
  readonly onAdded: (name: string) => void
}) {
  const client = useClient()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const { close, question } = useDropQuestion(name !== '', onClose)
  const isGood = /^[^\s/]+$/.test(name)
  const add = useMutation({
    mutationFn: async () => {
      // A put of one that exists changes nothing, and succeeds.
      return (await exists(client, name)) ? null : client.agents.put(name, {})
    },
    onSuccess: async (added) => {
      await queries.invalidateQueries({ queryKey: ['agents'] })
      if (added === null) tell({ tone: 'info', title: fill(text.exists, { name }) })
      else tellChanged(fill(text.added, { name }), added)
      onClose()
      onAdded(name)
    },
  })
  return (
    <Dialog
      title={text.add}
      isOpen
      isBusy={add.isPending}
      onClose={close}
      actions={
        <>
          <Button onPress={onClose}>{shared.cancel}</Button>
          <Button
            kind="primary"
            isPending={add.isPending}
            refusedBecause={isGood ? null : text.nameBad}
            onPress={() => add.mutate()}
          >
            {text.doAdd}
          </Button>
        </>
      }
    >
      <TextField
        label={text.name}
        hint={text.nameHint}
        value={name}
        error={name === '' || isGood ? null : text.nameBad}
        onChange={setName}
        autoFocus
        maxLength={200}
      />
      <p className="soft">{fill(text.addHint, { name: isGood ? name : '…' })}</p>
      {add.error === null ? null : <Problem error={add.error} />}
      {question}
    </Dialog>
  )
}

/** Asked of the list: a browser writes a 404 into its console. */
async function exists(client: Client, name: string): Promise<boolean> {
  const { data } = await client.agents.list({ name, limit: 1 })
  return data.some((agent) => agent.name === name)
}
