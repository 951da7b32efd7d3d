import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ModelDetail } from '@pointsman/sdk'
import { useState } from 'react'
import { tellChanged } from '../../parts/behind.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { useDropQuestion } from '../../parts/drop-question.tsx'
import { TextField } from '../../parts/field.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** Enables or disables an entry, with a reason; what forbids it is the server's to say. */
export function AvailabilityDialog({
  entry,
  onClose,
}: {
  readonly entry: ModelDetail
  readonly onClose: () => void
}) {
  const client = useClient()
  const queries = useQueryClient()
  const [reason, setReason] = useState('')
  const { close, question } = useDropQuestion(reason.trim() !== '', onClose)
  // As it was when the question was put: what is confirmed does not turn into its opposite.
  const [{ id, isAvailable, name, revision }] = useState(entry)
  const change = useMutation({
    mutationFn: () => {
      const options = { ifMatch: revision, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) }
      return isAvailable ? client.models.disable(id, options) : client.models.enable(id, options)
    },
    onSuccess: async (changed) => {
      await queries.invalidateQueries({ queryKey: ['models'] })
      tellChanged(fill(isAvailable ? text.disabledNow : text.enabledNow, { name }), changed)
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={fill(isAvailable ? text.disableTitle : text.enableTitle, { name })}
      action={isAvailable ? text.disable : text.enable}
      kind={isAvailable ? 'danger' : 'primary'}
      isPending={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate()}
      onClose={onClose}
      onDismiss={close}
    >
      <p>{isAvailable ? text.disableHint : text.enableHint}</p>
      <TextField
        label={text.reason}
        hint={text.reasonHint}
        value={reason}
        onChange={setReason}
        isMultiline
        maxLength={2_000}
      />
      {question}
    </ConfirmDialog>
  )
}
