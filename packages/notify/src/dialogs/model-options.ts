import { build, drawing, drawings, foreign } from '../elements/build.ts'
import type { NotifyMessages } from '../messages/notify-messages.ts'
import { displayedText, longest } from '../text/displayed-text.ts'
import { providerName } from '../text/provider-name.ts'
import type { AvailableModel, ModelSwitchDialogOptions } from './model-switch-dialog-options.ts'

/** A list that is seen at one look needs no search. */
const mostWithoutSearch = 8

export interface ModelOptions {
  readonly elements: readonly HTMLElement[]
  /** Where the focus begins; null = there is nothing to choose. */
  readonly first: HTMLElement | null
  /** Id of the model that is chosen now. */
  chosen(): string | null
}

interface Option {
  readonly id: string
  readonly element: HTMLElement
  readonly radio: HTMLInputElement
  /** What a search looks in. */
  readonly searched: string
}

type Words = NotifyMessages['dialog']

export function buildModelOptions(options: ModelSwitchDialogOptions, words: Words): ModelOptions {
  const models = [...new Map(options.availableModels.map((model) => [model.id, model])).values()]
  const built = models.map((model) => buildOption(model, options.currentModelId, words))
  const list = build('fieldset', 'models', {
    children: [build('legend', 'heard', { text: words.models }), ...built.map(({ element }) => element)],
  })
  const enabled = built.filter(({ radio }) => !radio.disabled)
  const begin = enabled.find(({ radio }) => radio.checked) ?? enabled[0] ?? null
  const hasSearch = models.length > mostWithoutSearch
  const search = hasSearch ? buildSearch(built, words) : null
  return {
    elements: [...(search?.elements ?? []), list],
    first: search?.input ?? begin?.radio ?? null,
    chosen: () => built.find(({ radio }) => radio.checked)?.id ?? null,
  }
}

function buildOption(model: AvailableModel, currentModelId: string, words: Words): Option {
  const { id, isAvailable = true, provider, useCase } = model
  const isCurrent = id === currentModelId
  const name = displayedText(model.name, longest.name) || displayedText(id, longest.name)
  const facts = [providerName(provider, id), displayedText(useCase, longest.name)].filter(
    (fact) => fact !== null && fact !== '',
  )
  const badge = isCurrent ? words.isCurrent : isAvailable ? null : words.isUnavailable
  const radio = build('input', 'radio', { attributes: { type: 'radio', name: 'model' } })
  radio.checked = isCurrent
  radio.disabled = !isAvailable && !isCurrent
  const element = build('label', 'option', {
    children: [
      radio,
      build('span', 'said', {
        children: [
          foreign('span', 'name', name),
          ...(facts.length === 0 ? [] : [foreign('span', 'facts', facts.join(' · '))]),
        ],
      }),
      ...(badge === null ? [] : [build('span', 'badge', { text: badge })]),
    ],
  })
  const searched = folded([name, id.slice(0, longest.message), ...facts].join(' '))
  return { id, element, radio, searched }
}

function buildSearch(options: readonly Option[], words: Words) {
  const input = build('input', 'search', {
    attributes: {
      type: 'search',
      'aria-label': words.search,
      placeholder: words.search,
      autocomplete: 'off',
      spellcheck: 'false',
      maxlength: String(longest.search),
    },
  })
  const found = build('p', 'found', { attributes: { role: 'status' }, text: words.found(options.length) })
  input.addEventListener('input', () => {
    found.textContent = words.found(narrow(options, input.value))
  })
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== 'ArrowDown') return
    // Enter would send the form: the choice is made in the list.
    event.preventDefault()
    options.find(({ element, radio }) => !element.hidden && !radio.disabled)?.radio.focus()
  })
  const box = build('div', 'searchbox', { children: [drawing('glass', drawings.search), input] })
  return { input, elements: [box, found] }
}

/** Answers how many are left. What is not seen is not chosen either. */
function narrow(options: readonly Option[], text: string): number {
  const words = folded(text).split(/\s+/)
  let count = 0
  for (const { element, radio, searched } of options) {
    element.hidden = !words.every((word) => searched.includes(word))
    if (element.hidden) radio.checked = false
    else count += 1
  }
  return count
}

/** Without case and accents, as people type. */
const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
