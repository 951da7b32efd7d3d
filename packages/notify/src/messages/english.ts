import { countWords } from './count-words.ts'
import type { NotifyMessages } from './notify-messages.ts'

export const english: NotifyMessages = {
  language: 'en',
  notification: {
    autoTitle: 'Auto-Switching AI Model',
    manualTitle: 'Switching AI Model',
    region: 'Changes of the AI model',
    close: 'Close',
    switched: null,
  },
  dialog: {
    title: 'Choose an AI model',
    current: 'Now answering',
    isCurrent: 'Current',
    isUnavailable: 'Not available',
    models: 'Models',
    search: 'Search',
    found: countWords('en', { one: '# model', other: '# models' }),
    none: 'There is no model to choose from.',
    cancel: 'Cancel',
    choose: 'Switch',
  },
  confirmation: {
    title: 'Switch the AI model?',
    from: 'From',
    to: 'To',
    reason: 'Reason',
    cancel: 'Cancel',
    confirm: 'Switch',
  },
}
