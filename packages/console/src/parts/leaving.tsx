import { useBlocker } from '@tanstack/react-router'
import { fill } from '../text/fill.ts'
import { shared } from '../text/shared.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'

export interface Leaving {
  readonly leave: () => void
  readonly stay: () => void
}

/**
 * Holds whoever goes to another address while something is not saved, by a link, the browser or what closes a drawer, until
 * they have said whether they mean it; null = nobody is about to leave.
 */
export function useLeaving(isUnsaved: boolean): Leaving | null {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname,
    ...{ disabled: !isUnsaved, withResolver: true },
  })
  return blocker.status === 'blocked' ? { leave: blocker.proceed, stay: blocker.reset } : null
}

export const LeaveDialog = ({
  leaving,
  what,
}: {
  /** Of what the changes are. */
  readonly what: string
  readonly leaving: Leaving | null
}) =>
  leaving === null ? null : (
    <ConfirmDialog
      title={shared.leaveTitle}
      action={shared.leave}
      isPending={false}
      error={null}
      onConfirm={leaving.leave}
      onClose={leaving.stay}
    >
      <p>{fill(shared.leaveHint, { what })}</p>
    </ConfirmDialog>
  )
