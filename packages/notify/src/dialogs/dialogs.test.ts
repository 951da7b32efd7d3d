// @vitest-environment happy-dom
import { afterEach, describe, expect, test } from 'vitest'
import { french } from '../messages/french.ts'
import type { ModelSwitchDialogOptions } from './model-switch-dialog-options.ts'
import { showModelSwitchConfirmation } from './show-model-switch-confirmation.ts'
import { showModelSwitchDialog } from './show-model-switch-dialog.ts'

const seed: ModelSwitchDialogOptions = {
  availableModels: [
    { id: 'eu.amazon.nova-pro-v1:0', name: 'Amazon Nova Pro', provider: 'amazon', useCase: 'platform' },
    { id: 'eu.amazon.nova-lite-v1:0', name: 'Amazon Nova Lite', provider: 'amazon', useCase: 'health' },
    {
      ...{ id: 'anthropic.claude-3-5-sonnet-20241022-v2:0', name: 'Claude 3.5 Sonnet' },
      ...{ provider: 'anthropic', useCase: 'clinical', isAvailable: false },
    },
  ],
  currentModelId: 'eu.amazon.nova-pro-v1:0',
  currentModelName: 'Amazon Nova Pro',
}
const many = (count: number): ModelSwitchDialogOptions['availableModels'] =>
  Array.from({ length: count }, (_, index) => ({ id: `lab.model-${index}`, name: `Modèle ${index}` }))

afterEach(() => document.body.replaceChildren())

const root = (): ShadowRoot => {
  const shadow = document.querySelector('pointsman-dialog')?.shadowRoot
  if (shadow == null) throw new Error('no dialog is open')
  return shadow
}
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the test says what it expects to find
const find = <Found extends Element>(selector: string): Found => {
  const found = root().querySelector<Found>(selector)
  if (found === null) throw new Error(`there is no ${selector}`)
  return found
}
const all = (selector: string): readonly HTMLElement[] => [...root().querySelectorAll<HTMLElement>(selector)]
const texts = (selector: string): readonly string[] => all(selector).map(({ textContent }) => textContent)
const radios = () => all('.radio') as readonly HTMLInputElement[]
const choose = (index: number): void => radios()[index]?.click()
const press = (selector: string): void => find<HTMLButtonElement>(selector).click()
const searchFor = (text: string): void => {
  const input = find<HTMLInputElement>('.search')
  input.value = text
  input.dispatchEvent(new Event('input', { bubbles: true }))
}
const visible = () => all('.option').filter(({ hidden }) => !hidden)

describe('the choice of a model', () => {
  test('is a modal dialog with a name, models as they are, the current one chosen', () => {
    void showModelSwitchDialog(seed)
    const dialog = find<HTMLDialogElement>('dialog')
    expect(dialog.open).toBe(true)
    expect(root().getElementById(dialog.getAttribute('aria-labelledby') ?? '')?.textContent).toBe(
      'Choose an AI model',
    )
    expect(texts('.said .name')).toEqual(['Amazon Nova Pro', 'Amazon Nova Lite', 'Claude 3.5 Sonnet'])
    expect(texts('.facts')).toEqual(['Amazon · platform', 'Amazon · health', 'Anthropic · clinical'])
    expect(texts('.badge')).toEqual(['Current', 'Not available'])
    expect(radios().map(({ checked, disabled }) => [checked, disabled])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ])
    expect(texts('.current .name')).toEqual(['Amazon Nova Pro'])
  })

  test('answers the id that was chosen, and is gone', async () => {
    const answer = showModelSwitchDialog(seed)
    const button = find<HTMLButtonElement>('.primary')
    expect(button.disabled).toBe(true)
    choose(1)
    expect(button.disabled).toBe(false)
    press('.primary')
    await expect(answer).resolves.toBe('eu.amazon.nova-lite-v1:0')
    expect(document.querySelector('pointsman-dialog')).toBeNull()
  })

  test('the current one is no choice', () => {
    void showModelSwitchDialog(seed)
    choose(1)
    choose(0)
    expect(find<HTMLButtonElement>('.primary').disabled).toBe(true)
  })

  test('answers null where it was cancelled, closed as Escape closes it, or taken away', async () => {
    const cancelled = showModelSwitchDialog(seed)
    choose(1)
    press('.button')
    await expect(cancelled).resolves.toBeNull()
    const escaped = showModelSwitchDialog(seed)
    find<HTMLDialogElement>('dialog').close()
    await expect(escaped).resolves.toBeNull()
    const taken = new AbortController()
    const aborted = showModelSwitchDialog({ ...seed, signal: taken.signal })
    taken.abort()
    await expect(aborted).resolves.toBeNull()
    await expect(showModelSwitchDialog({ ...seed, signal: AbortSignal.abort() })).resolves.toBeNull()
    expect(document.querySelector('pointsman-dialog')).toBeNull()
  })

  test('says so where there is none', () => {
    void showModelSwitchDialog({ ...seed, availableModels: [] })
    expect(texts('.none')).toEqual(['There is no model to choose from.'])
    expect(find('.button').hasAttribute('autofocus')).toBe(true)
  })

  test('of many, search finds by name, maker, use case and id, whatever the case and the accents', () => {
    void showModelSwitchDialog({ ...seed, availableModels: [...many(12), ...seed.availableModels] })
    expect(find('.search').hasAttribute('autofocus')).toBe(true)
    expect(texts('.found')).toEqual(['15 models'])
    searchFor('NOVA')
    expect([visible().length, ...texts('.found')]).toEqual([2, '2 models'])
    searchFor('modele 11')
    expect([visible().length, ...texts('.found')]).toEqual([1, '1 model'])
    searchFor('clinical anthropic')
    expect(visible()).toHaveLength(1)
    searchFor('lab.model-3')
    expect(visible()).toHaveLength(1)
    searchFor('no such thing')
    expect(texts('.found')).toEqual(['0 models'])
  })

  test('what a search takes out of sight is not chosen any more', () => {
    void showModelSwitchDialog({ ...seed, availableModels: [...many(12), ...seed.availableModels] })
    choose(0)
    expect(find<HTMLButtonElement>('.primary').disabled).toBe(false)
    searchFor('nova')
    expect(find<HTMLButtonElement>('.primary').disabled).toBe(true)
  })

  test('Enter in the search leads to the list and sends nothing', () => {
    void showModelSwitchDialog({ ...seed, availableModels: [...many(12), ...seed.availableModels] })
    searchFor('lite')
    const enter = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })
    find('.search').dispatchEvent(enter)
    expect(enter.defaultPrevented).toBe(true)
    expect(root().activeElement).toBe(radios()[13])
  })

  test('an id that stands twice is shown once; an id of 100 KB comes back whole', async () => {
    const id = 'x'.repeat(100_000)
    const twice = [seed.availableModels[0], { id, name: id }, seed.availableModels[0]].flatMap(
      (model) => model ?? [],
    )
    const answer = showModelSwitchDialog({ ...seed, availableModels: twice })
    expect(radios()).toHaveLength(2)
    expect(texts('.said .name')[1]).toHaveLength(120)
    choose(1)
    press('.primary')
    await expect(answer).resolves.toBe(id)
  })

  test('text of others stays text', () => {
    const name = '<img src=x onerror=alert(1)>'
    const hostile = [{ id: 'x', name, provider: name, useCase: name }]
    void showModelSwitchDialog({ ...seed, availableModels: hostile, currentModelName: name })
    expect(texts('.said .name')).toEqual([name])
    expect(texts('.facts')).toEqual([`${name} · ${name}`])
    expect(all('img')).toEqual([])
  })

  test('speaks French, with its plurals', () => {
    void showModelSwitchDialog({ ...seed, availableModels: many(12), messages: french })
    expect(texts('.title')).toEqual(['Choisir un modèle d’IA'])
    searchFor('no such thing')
    // French counts nothing as one.
    expect(texts('.found')).toEqual(['0 modèle'])
    expect(find<HTMLElement>('dialog').lang).toBe('fr')
  })
})

describe('the confirmation', () => {
  const asked = { fromModel: 'Claude 3.5 Sonnet', toModel: 'Amazon Nova Lite', reason: 'Cost optimization' }

  test('shows both models and the reason; the focus begins where nothing is changed', () => {
    void showModelSwitchConfirmation(asked)
    expect(texts('dt')).toEqual(['From', 'To', 'Reason'])
    expect(texts('dd')).toEqual(['Claude 3.5 Sonnet', 'Amazon Nova Lite', 'Cost optimization'])
    expect(all('[autofocus]').map(({ textContent }) => textContent)).toEqual(['Cancel'])
  })

  test('answers true where it was confirmed, and false in every other way', async () => {
    const confirmed = showModelSwitchConfirmation(asked)
    press('.primary')
    await expect(confirmed).resolves.toBe(true)
    const cancelled = showModelSwitchConfirmation(asked)
    press('.button')
    await expect(cancelled).resolves.toBe(false)
    const escaped = showModelSwitchConfirmation(asked)
    find<HTMLDialogElement>('dialog').close()
    await expect(escaped).resolves.toBe(false)
    await expect(showModelSwitchConfirmation({ ...asked, signal: AbortSignal.abort() })).resolves.toBe(false)
  })

  test('without a reason it shows none', () => {
    void showModelSwitchConfirmation({ ...asked, reason: null })
    expect(texts('dt')).toEqual(['From', 'To'])
  })
})
