import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ChangedProviderKey, ProviderItem } from '@pointsman/sdk'
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
import { text } from './text.ts'

interface Typed {
  readonly kind: string
  readonly key: string
  readonly accessKeyId: string
  readonly sessionToken: string
  readonly end: KeyEnd
}

const nothingTyped: Typed = { kind: 'bearer', key: '', accessKeyId: '', sessionToken: '', end: 'never' }

/** "Update API Key": what is typed is sent once and forgotten here; no page, list or error shows it again. */
export function SetKeyDialog({
  item,
  onClose,
}: {
  readonly item: ProviderItem
  readonly onClose: () => void
}) {
  const client = useClient()
  const queries = useQueryClient()
  const [typed, setTyped] = useState(nothingTyped)
  const change = (changed: Partial<Typed>): void => setTyped((before) => ({ ...before, ...changed }))
  const isPair = typed.kind === 'aws'
  const isTyped = typed.key !== '' || typed.accessKeyId !== '' || typed.sessionToken !== ''
  const { close, question } = useDropQuestion(isTyped, onClose)
  const store = useMutation({
    mutationFn: () =>
      client.providers.setKey(item.id, {
        key: typed.key.trim(),
        ...(isPair ? { accessKeyId: typed.accessKeyId.trim() } : {}),
        ...(isPair && typed.sessionToken.trim() !== '' ? { sessionToken: typed.sessionToken.trim() } : {}),
        expiresInSeconds: secondsOf(typed.end),
      }),
    onSuccess: async (changed) => {
      setTyped(nothingTyped)
      await queries.invalidateQueries({ queryKey: ['providers'] })
      tellChanged(fill(text.stored, { id: item.id }), changed, inForceWords(changed))
      onClose()
    },
  })
  return (
    <Dialog
      title={fill(text.updateKeyOf, { id: item.id })}
      isOpen
      isBusy={store.isPending}
      onClose={close}
      actions={
        <>
          <Button onPress={onClose}>{shared.cancel}</Button>
          <Button
            kind="primary"
            isPending={store.isPending}
            refusedBecause={whyNot(typed)}
            onPress={() => store.mutate()}
          >
            {text.updateKey}
          </Button>
        </>
      }
    >
      <p className="soft">{text.updateHint}</p>
      <KeyFields item={item} typed={typed} change={change} />
      {store.error === null ? null : <Problem error={store.error} />}
      {question}
    </Dialog>
  )
}

function whyNot({ accessKeyId, key, kind }: Typed): string | null {
  if (kind === 'aws' && accessKeyId.trim() === '') return text.accessKeyIdEmpty
  return key.trim() === '' ? text.keyEmpty : null
}

function inForceWords({ note, pending, unheard }: ChangedProviderKey): string {
  if (note !== null) return note
  if (pending.length > 0) return ''
  return unheard.length === 0 ? text.everyReplica : text.everyHeardOf
}

function KeyFields({
  change,
  item,
  typed,
}: {
  readonly item: ProviderItem
  readonly typed: Typed
  readonly change: (changed: Partial<Typed>) => void
}) {
  const isPair = typed.kind === 'aws'
  return (
    <>
      {item.takesAwsKeys ? (
        <SelectField
          label={text.keyKind}
          value={typed.kind}
          choices={[
            { id: 'bearer', label: text.kindBearer },
            { id: 'aws', label: text.kindAws },
          ]}
          onChange={(kind) => change({ kind })}
        />
      ) : null}
      {isPair ? (
        <TextField
          label={text.accessKeyId}
          value={typed.accessKeyId}
          onChange={(accessKeyId) => change({ accessKeyId })}
          autoComplete="off"
        />
      ) : null}
      <TextField
        label={isPair ? text.secretAccessKey : item.takesAwsKeys ? text.bearerToken : text.apiKey}
        type="password"
        value={typed.key}
        onChange={(key) => change({ key })}
        autoComplete="new-password"
        autoFocus
      />
      {isPair ? (
        <TextField
          label={`${text.sessionToken} (${shared.optional})`}
          type="password"
          value={typed.sessionToken}
          onChange={(sessionToken) => change({ sessionToken })}
          autoComplete="new-password"
        />
      ) : null}
      <SelectField
        label={text.end}
        hint={text.providerKeyEndHint}
        value={typed.end}
        choices={endChoices(null)}
        onChange={(end) => {
          if (isKeyEnd(end)) change({ end })
        }}
      />
    </>
  )
}
