import { noticesElement } from '../elements/elements.ts'
import type { ModelSwitchNotification, ShownNotification } from './notification.ts'

/** Tells the reader which model answers from now on. */
export const showModelSwitchNotification = (notice: ModelSwitchNotification): ShownNotification =>
  noticesElement().show(notice)
