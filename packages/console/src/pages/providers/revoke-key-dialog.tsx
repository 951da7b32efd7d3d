import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { KeyItem } from '@pointsman/sdk'
import { tellChanged } from '../../parts/behind.tsx'
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

export function RevokeKeyDialog({ item, onClose }: { readonly item: KeyItem; readonly onClose: () => void }) {
  const client = useClient()
  const queries = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => client.keys.revoke(item.id),
    onSuccess: async (revoked) => {
      await queries.invalidateQueries({ queryKey: ['keys'] })
      tellChanged(fill(text.revoked, { name: item.name }), revoked)
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={fill(text.revokeTitle, { name: item.name })}
      action={text.revoke}
      isPending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>{text.revokeHint}</p>
    </ConfirmDialog>
  )
}
