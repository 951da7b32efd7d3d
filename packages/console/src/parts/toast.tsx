import type { ReactNode } from 'react'
import {
  UNSTABLE_Toast as AriaToast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
  Text,
} from 'react-aria-components'
import { shared } from '../text/shared.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import './toast.css'

interface Told {
  readonly tone: 'good' | 'warn' | 'bad' | 'info'
  readonly title: string
  readonly detail?: ReactNode
  /** Something that can be done about it. */
  readonly action?: { readonly label: string; readonly run: () => void }
}

const queue = new ToastQueue<Told>({ maxVisibleToasts: 4 })

/** Long enough to read and to reach the button of. What is to be acted on stays until it is closed. */
const shownMs = 8_000

/** Tells something at the page's edge, to screen readers too. */
export const tell = (told: Told): void => {
  queue.add(told, told.tone === 'bad' || told.tone === 'warn' ? {} : { timeout: shownMs })
}

/** Tells why something did not work. */
export const tellFailure = (thrown: unknown, title: string = shared.failed): void =>
  tell({ tone: 'bad', title, detail: thrown instanceof Error ? thrown.message : String(thrown) })

const icons = { good: 'check', warn: 'warning', bad: 'error', info: 'switches' } as const

export const Toasts = () => (
  <ToastRegion className="toasts" queue={queue}>
    {({ toast }) => (
      <AriaToast className={`toast ${toast.content.tone}`} toast={toast}>
        <Icon name={icons[toast.content.tone]} />
        <ToastContent className="toast-content">
          <Text slot="title">{toast.content.title}</Text>
          {toast.content.detail === undefined ? null : <Text slot="description">{toast.content.detail}</Text>}
        </ToastContent>
        {toast.content.action === undefined ? null : (
          <Button size="small" onPress={toast.content.action.run}>
            {toast.content.action.label}
          </Button>
        )}
        <Button slot="close" kind="quiet" size="small" icon="close" label={shared.dismiss} />
      </AriaToast>
    )}
  </ToastRegion>
)
