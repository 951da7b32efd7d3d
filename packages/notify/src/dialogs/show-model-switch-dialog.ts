import { build, foreign } from '../elements/build.ts'
import { dialogElement } from '../elements/elements.ts'
import { english } from '../messages/english.ts'
import type { NotifyMessages } from '../messages/notify-messages.ts'
import { displayedText, longest } from '../text/displayed-text.ts'
import { buildModelOptions, type ModelOptions } from './model-options.ts'
import type { ModelSwitchDialogOptions } from './model-switch-dialog-options.ts'

/** Lets the reader choose another model. Answers its id; null where nothing else was chosen. */
export function showModelSwitchDialog(options: ModelSwitchDialogOptions): Promise<string | null> {
  const { messages = english, signal } = options
  return dialogElement().ask<string | null>({
    language: messages.language,
    dismissed: null,
    signal,
    content: (answer) => [buildForm(options, messages.dialog, answer)],
  })
}

function buildForm(
  options: ModelSwitchDialogOptions,
  words: NotifyMessages['dialog'],
  answer: (id: string | null) => void,
): HTMLFormElement {
  const models = buildModelOptions(options, words)
  const cancel = build('button', 'button', { attributes: { type: 'button' }, text: words.cancel })
  const choose = build('button', 'button primary', {
    attributes: { type: 'submit', disabled: '' },
    text: words.choose,
  })
  const form = build('form', 'form', {
    children: [
      build('h2', 'title', { attributes: { id: 'title' }, text: words.title }),
      currentLine(options, words),
      ...(options.availableModels.length === 0
        ? [build('p', 'none', { text: words.none })]
        : models.elements),
      build('div', 'buttons', { children: [cancel, choose] }),
    ],
  })
  const isOther = (): boolean => models.chosen() !== null && models.chosen() !== options.currentModelId
  const judge = (): void => {
    choose.disabled = !isOther()
  }
  form.addEventListener('change', judge)
  form.addEventListener('input', judge)
  cancel.addEventListener('click', () => answer(null))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (isOther()) answer(models.chosen())
  })
  focusFirst(models, cancel)
  return form
}

function currentLine({ currentModelName }: ModelSwitchDialogOptions, words: NotifyMessages['dialog']): Node {
  const name = foreign('span', 'name', displayedText(currentModelName, longest.name))
  return build('p', 'current', { children: [build('span', 'label', { text: words.current }), name] })
}

function focusFirst({ first }: ModelOptions, cancel: HTMLElement): void {
  const target = first ?? cancel
  target.setAttribute('autofocus', '')
}
