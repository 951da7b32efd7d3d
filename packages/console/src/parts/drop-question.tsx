import { useState, type ReactNode } from 'react'
import { shared } from '../text/shared.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'

export interface DropQuestion {
  /** For Escape and the cross: a slip would drop what was typed. Cancel says what it means, and closes at once. */
  readonly close: () => void
  /** Stands in the window that is closed. */
  readonly question: ReactNode
}

/** Asks before a window in the middle is closed that something was typed into; it has no address that `useLeaving` could hold. */
export function useDropQuestion(isTyped: boolean, onClose: () => void): DropQuestion {
  const [isAsking, setAsking] = useState(false)
  return {
    close: () => {
      if (isTyped) setAsking(true)
      else onClose()
    },
    question: isAsking ? (
      <ConfirmDialog
        title={shared.dropTitle}
        action={shared.drop}
        isPending={false}
        error={null}
        onConfirm={onClose}
        onClose={() => setAsking(false)}
      >
        <p>{shared.dropHint}</p>
      </ConfirmDialog>
    ) : null,
  }
}
