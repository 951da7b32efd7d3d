import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { KeyItem } from '@pointsman/sdk'
import { useState } from 'react'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { SelectField, Tick } from '../../parts/field.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { instantOf, isKeyEnd, rotationChoices, type KeyEnd } from './key-ends.ts'
import { ShownOnce } from './shown-once.tsx'
import { text } from './text.ts'

/** A new key in the place of one that goes on for as long as callers need to change over. */
export function RotateKeyDialog({ item, onClose }: { readonly item: KeyItem; readonly onClose: () => void }) {
  const client = useClient()
  const queries = useQueryClient()
  const [end, setEnd] = useState<KeyEnd>('day')
  const [aws, setAws] = useState(false)
  const rotate = useMutation({
    mutationFn: () => {
      const until = instantOf(end, Date.now())
      return client.keys.rotate(item.id, {
        ...{ aws, ifMatch: item.revision },
        ...(until === null ? {} : { until }),
      })
    },
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  })
  if (rotate.data !== undefined) return <ShownOnce made={rotate.data} onClose={onClose} />
  return (
    <ConfirmDialog
      title={fill(text.rotateTitle, { name: item.name })}
      action={text.rotate}
      kind="primary"
      isPending={rotate.isPending}
      error={rotate.error}
      onConfirm={() => rotate.mutate()}
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
