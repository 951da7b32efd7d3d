import type { ReactNode } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { shared } from '../text/shared.ts'
import { Button } from './button.tsx'
import { useKeptFocus } from './keep-focus.ts'
import './dialog.css'

export interface DialogProps {
  readonly title: ReactNode
  readonly isOpen: boolean
  readonly onClose: () => void
  /** Buttons at its foot. In the middle it is a form, then: a press beside it does not close it. */
  readonly actions?: ReactNode
  readonly size?: 'normal' | 'wide'
  /** Neither Escape nor a press beside it closes it: something is under way. */
  readonly isBusy?: boolean
  /** From the side, over the whole height: what belongs to a row of the table behind it. */
  readonly place?: 'middle' | 'side'
  readonly children: ReactNode
}

/** A window over the page: holds the focus and gives it back, closes by Escape. */
export function Dialog({ isBusy = false, place = 'middle', size = 'normal', ...props }: DialogProps) {
  useKeptFocus()
  return (
    <ModalOverlay
      className={`dialog-ground ${place}`}
      isOpen={props.isOpen}
      // A slip beside a form would drop what was typed into it; a drawer has an address, and who leaves that is asked.
      isDismissable={!isBusy && (place === 'side' || props.actions === undefined)}
      isKeyboardDismissDisabled={isBusy}
      onOpenChange={(open) => {
        if (!open) props.onClose()
      }}
    >
      <Modal className={`dialog ${size} ${place}`}>
        <AriaDialog className="dialog-content">
          <header className="dialog-head">
            <Heading slot="title" level={2}>
              {props.title}
            </Heading>
            {isBusy ? null : (
              <Button kind="quiet" icon="close" label={shared.close} onPress={props.onClose} />
            )}
          </header>
          {/* It scrolls, and may hold nothing that takes the focus: by keyboard it is reached itself. */}
          <div className="dialog-body" tabIndex={0}>
            {props.children}
          </div>
          {props.actions === undefined ? null : <footer className="dialog-foot">{props.actions}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
