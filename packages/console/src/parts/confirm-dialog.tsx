import type { ReactNode } from 'react'
import { shared } from '../text/shared.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Problem } from './states.tsx'

export interface ConfirmDialogProps {
  readonly title: string
  /** The verb: `Revoke`. */
  readonly action: string
  readonly kind?: 'primary' | 'danger'
  readonly isPending: boolean
  /** Why it did not work, in the server's words. */
  readonly error: unknown
  readonly refusedBecause?: string | null
  readonly onConfirm: () => void
  readonly onClose: () => void
  /** By Escape or its cross; as Cancel does it unless set. */
  readonly onDismiss?: () => void
  /** What it will do. */
  readonly children: ReactNode
}

/** Asks once more before something is done that is not taken back by one press. */
export const ConfirmDialog = (props: ConfirmDialogProps) => (
  <Dialog
    title={props.title}
    isOpen
    isBusy={props.isPending}
    onClose={props.onDismiss ?? props.onClose}
    actions={
      <>
        {/* What is under way is not called back, and may answer with what is shown once. */}
        <Button refusedBecause={props.isPending ? shared.working : null} onPress={props.onClose}>
          {shared.cancel}
        </Button>
        <Button
          kind={props.kind ?? 'danger'}
          isPending={props.isPending}
          refusedBecause={props.refusedBecause ?? null}
          onPress={props.onConfirm}
        >
          {props.action}
        </Button>
      </>
    }
  >
    {props.children}
    {props.error === null ? null : <Problem error={props.error} />}
  </Dialog>
)
