import { build, foreign } from '../elements/build.ts'
import { dialogElement } from '../elements/elements.ts'
import { english } from '../messages/english.ts'
import type { NotifyMessages } from '../messages/notify-messages.ts'
import { displayedText, longest } from '../text/displayed-text.ts'

export interface ModelSwitchConfirmationOptions {
  /** Display names. */
  readonly fromModel: string
  readonly toModel: string
  readonly reason?: string | null | undefined
  /** English unless set. */
  readonly messages?: NotifyMessages | undefined
  /** Takes the question away; the answer is then false. */
  readonly signal?: AbortSignal | undefined
}

/** Asks whether to switch. False where it was cancelled, too. */
export function showModelSwitchConfirmation(options: ModelSwitchConfirmationOptions): Promise<boolean> {
  const { messages = english, signal } = options
  return dialogElement().ask<boolean>({
    language: messages.language,
    dismissed: false,
    signal,
    content: (answer) => [buildForm(options, messages.confirmation, answer)],
  })
}

function buildForm(
  { fromModel, reason, toModel }: ModelSwitchConfirmationOptions,
  words: NotifyMessages['confirmation'],
  answer: (isConfirmed: boolean) => void,
): HTMLFormElement {
  // The one that changes nothing has the focus: who pressed Enter once too often has not switched.
  const cancel = build('button', 'button', {
    attributes: { type: 'button', autofocus: '' },
    text: words.cancel,
  })
  const confirm = build('button', 'button primary', { attributes: { type: 'submit' }, text: words.confirm })
  const why = displayedText(reason, longest.message)
  const form = build('form', 'form', {
    children: [
      build('h2', 'title', { attributes: { id: 'title' }, text: words.title }),
      build('dl', 'change', {
        children: [
          ...fact('model from', words.from, displayedText(fromModel, longest.name)),
          ...fact('model to', words.to, displayedText(toModel, longest.name)),
          ...(why === '' ? [] : fact('reason', words.reason, why)),
        ],
      }),
      build('div', 'buttons', { children: [cancel, confirm] }),
    ],
  })
  cancel.addEventListener('click', () => answer(false))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    answer(true)
  })
  return form
}

const fact = (kind: string, label: string, text: string): readonly HTMLElement[] => [
  build('div', `fact ${kind}`, {
    children: [build('dt', 'label', { text: label }), foreign('dd', 'value', text)],
  }),
]
