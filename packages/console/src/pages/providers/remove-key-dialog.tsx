import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ProviderItem } from '@pointsman/sdk'
import { tellChanged } from '../../parts/behind.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
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
    onSuccess: async (removed) => {
      await queries.invalidateQueries({ queryKey: ['providers'] })
      tellChanged(fill(text.removed, { id: item.id }), removed)
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
