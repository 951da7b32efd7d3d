import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { KeyItem } from '@pointsman/sdk'
import { useState } from 'react'
import { behindWords, tellChanged } from '../../parts/behind.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { SelectField, Tick } from '../../parts/field.tsx'
import { tellFailure } from '../../parts/toast.tsx'
import { useClient, useRenew, useSession } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { isKeyEnd, rotationChoices, secondsOf, type KeyEnd } from './key-ends.ts'
import { ShownOnce } from './shown-once.tsx'
import { text } from './text.ts'

/** For how long one's own key goes on at most that is to end at once: until the console is signed in with the new one. */
const changeOverSeconds = 5 * 60

/** A new key in the place of one that goes on for as long as callers need to change over. */
export function RotateKeyDialog({ item, onClose }: { readonly item: KeyItem; readonly onClose: () => void }) {
  const client = useClient()
  const queries = useQueryClient()
  const [end, setEnd] = useState<KeyEnd>('day')
  const [aws, setAws] = useState(false)
  const session = useSession()
  const renew = useRenew()
  // With the key its session ends, and whoever is signed out never sees the new one.
  const changesOver = end === 'never' && session.kind === 'key' && session.id === item.id
  const settle = async (key: string): Promise<void> => {
    try {
      if (changesOver) {
        await renew(key)
        const revoked = await client.keys.revoke(item.id)
        if (behindWords(revoked).length > 0) tellChanged(fill(text.revoked, { name: item.name }), revoked)
      }
    } catch (thrown) {
      tellFailure(thrown, text.oldStays)
    }
    await queries.invalidateQueries({ queryKey: ['keys'] })
  }
  const rotate = useMutation({
    // A span, not an instant: this machine's clock may be another than the server's.
    mutationFn: () =>
      client.keys.rotate(item.id, {
        ...{ aws, ifMatch: item.revision },
        overlapSeconds: changesOver ? changeOverSeconds : secondsOf(end),
      }),
    gcTime: 0,
  })
  // Of this call: whoever has left the page meanwhile does not see the new key, and keeps the old one until it ends. Not
  // waited for: the new key is shown whatever becomes of the rest.
  const begin = (): void => rotate.mutate(undefined, { onSuccess: ({ key }) => void settle(key) })
  if (rotate.data !== undefined) return <ShownOnce made={rotate.data} onClose={onClose} />
  return (
    <ConfirmDialog
      title={fill(text.rotateTitle, { name: item.name })}
      action={text.rotate}
      kind="primary"
      isPending={rotate.isPending}
      error={rotate.error}
      onConfirm={begin}
      onClose={onClose}
    >
      <p>{text.rotateHint}</p>
      <SelectField
        label={text.oldEnds}
        value={end}
        choices={rotationChoices}
        onChange={(id) => {
          if (isKeyEnd(id)) setEnd(id)
        }}
      />
      <Tick isSelected={aws} onChange={setAws}>
        {text.aws}
      </Tick>
    </ConfirmDialog>
  )
}
