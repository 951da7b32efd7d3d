import { countWords } from './count-words.ts'
import type { NotifyMessages } from './notify-messages.ts'

export const french: NotifyMessages = {
  language: 'fr',
  notification: {
    autoTitle: 'Modèle d’IA changé automatiquement',
    manualTitle: 'Modèle d’IA changé',
    region: 'Changements du modèle d’IA',
    close: 'Fermer',
    switched: ({ from, modelName, reason }) =>
      [
        `${modelName} répond désormais.`,
        from === null ? '' : `Auparavant : ${from}.`,
        reason === null ? '' : `Motif : ${reason}`,
      ]
        .filter((part) => part !== '')
        .join(' '),
  },
  dialog: {
    title: 'Choisir un modèle d’IA',
    current: 'Répond actuellement',
    isCurrent: 'Actuel',
    isUnavailable: 'Indisponible',
    models: 'Modèles',
    search: 'Rechercher',
    found: countWords('fr', { one: '# modèle', many: '# de modèles', other: '# modèles' }),
    none: 'Aucun modèle à choisir.',
    cancel: 'Annuler',
    choose: 'Changer',
  },
  confirmation: {
    title: 'Changer le modèle d’IA ?',
    from: 'De',
    to: 'À',
    reason: 'Motif',
    cancel: 'Annuler',
    confirm: 'Changer',
  },
}
