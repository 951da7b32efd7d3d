import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ProviderItem } from '@pointsman/sdk'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { tell } from '../../parts/toast.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

export function RemoveKeyDialog({
  item,
  onClose,
}: {
  readonly item: ProviderItem
  readonly onClose: () => void
}) {
  const client = useClient()
  const queries = useQueryClient()
  const remove = useMutation({
    mutationFn: () => client.providers.removeKey(item.id),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['providers'] })
      tell({ tone: 'good', title: fill(text.removed, { id: item.id }) })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={fill(text.removeKeyOf, { id: item.id })}
      action={text.removeKey}
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>{text.removeHint}</p>
    </ConfirmDialog>
  )
}
