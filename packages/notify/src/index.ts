export { connectModelSwitchNotifications } from './connection/connect-model-switch-notifications.ts'
export type {
  ConnectionEnd,
  ConnectionState,
  NotificationConnection,
  NotificationConnectionOptions,
} from './connection/notification-connection.ts'
export type { ToldNotification } from './connection/told-notification.ts'
export {
  showModelSwitchConfirmation,
  type ModelSwitchConfirmationOptions,
} from './dialogs/show-model-switch-confirmation.ts'
export { showModelSwitchDialog } from './dialogs/show-model-switch-dialog.ts'
export type { AvailableModel, ModelSwitchDialogOptions } from './dialogs/model-switch-dialog-options.ts'
export { english } from './messages/english.ts'
export { french } from './messages/french.ts'
export { german } from './messages/german.ts'
export type { NotifyMessages, SwitchFacts } from './messages/notify-messages.ts'
export { showModelSwitchNotification } from './notices/show-model-switch-notification.ts'
export type { CloseReason, ModelSwitchNotification, ShownNotification } from './notices/notification.ts'
