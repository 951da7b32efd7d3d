import { countWords } from './count-words.ts'
import type { NotifyMessages } from './notify-messages.ts'

export const german: NotifyMessages = {
  language: 'de',
  notification: {
    autoTitle: 'KI-Modell automatisch gewechselt',
    manualTitle: 'KI-Modell gewechselt',
    region: 'Wechsel des KI-Modells',
    close: 'Schließen',
    switched: ({ from, modelName, reason }) =>
      [
        `Jetzt antwortet ${modelName}.`,
        from === null ? '' : `Zuvor: ${from}.`,
        reason === null ? '' : `Grund: ${reason}`,
      ]
        .filter((part) => part !== '')
        .join(' '),
  },
  dialog: {
    title: 'KI-Modell wählen',
    current: 'Es antwortet',
    isCurrent: 'Aktuell',
    isUnavailable: 'Nicht verfügbar',
    models: 'Modelle',
    search: 'Suchen',
    found: countWords('de', { one: '# Modell', other: '# Modelle' }),
    none: 'Es steht kein Modell zur Wahl.',
    cancel: 'Abbrechen',
    choose: 'Wechseln',
  },
  confirmation: {
    title: 'KI-Modell wechseln?',
    from: 'Von',
    to: 'Zu',
    reason: 'Grund',
    cancel: 'Abbrechen',
    confirm: 'Wechseln',
  },
}
