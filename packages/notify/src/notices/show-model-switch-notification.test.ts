// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { german } from '../messages/german.ts'
import type { ModelSwitchNotification } from './notification.ts'
import { showModelSwitchNotification } from './show-model-switch-notification.ts'

const notice: ModelSwitchNotification = {
  modelName: 'Claude 3.5 Sonnet',
  modelId: 'anthropic.claude-3-5-sonnet-20241022-v2:0',
  type: 'auto',
  title: 'Auto-Switching AI Model',
  message: 'Upgraded to better model for clinical analysis',
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  document.body.replaceChildren()
  vi.useRealTimers()
})

const root = (): ShadowRoot => {
  const shadow = document.querySelector('pointsman-notices')?.shadowRoot
  if (shadow == null) throw new Error('there is no place for notices')
  return shadow
}
const cards = (): readonly HTMLElement[] => [...root().querySelectorAll<HTMLElement>('.notice')]
const texts = (selector: string): readonly string[] =>
  [...root().querySelectorAll(selector)].map(({ textContent }) => textContent)
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const first = <Value>(values: readonly Value[]): Value => {
  const [value] = values
  if (value === undefined) throw new Error('there is none')
  return value
}

describe('a notice', () => {
  test('shows title, model, provider and reason, as the seed calls it', () => {
    showModelSwitchNotification(notice)
    expect(texts('.title')).toEqual(['Auto-Switching AI Model'])
    expect(texts('.name')).toEqual(['Claude 3.5 Sonnet'])
    expect(texts('.provider')).toEqual(['Anthropic'])
    expect(texts('.message')).toEqual(['Upgraded to better model for clinical analysis'])
  })

  test('an automatic switch is of one kind, a manual one of the other', () => {
    showModelSwitchNotification(notice)
    showModelSwitchNotification({ ...notice, type: 'manual', title: undefined })
    expect(cards().map(({ className }) => className)).toEqual(['notice manual', 'notice auto'])
    expect(texts('.title')).toEqual(['Switching AI Model', 'Auto-Switching AI Model'])
  })

  test('speaks another language where it is given one', () => {
    showModelSwitchNotification({ ...notice, title: undefined, messages: german })
    expect(texts('.title')).toEqual(['KI-Modell automatisch gewechselt'])
    expect(first(cards()).lang).toBe('de')
    expect(first(cards()).querySelector('.close')?.getAttribute('aria-label')).toBe('Schließen')
  })

  test('an unknown maker is left out, a known one shown as it writes itself', () => {
    showModelSwitchNotification({ ...notice, modelId: 'gpt-4.1-mini' })
    expect(texts('.provider')).toEqual([])
    showModelSwitchNotification({ ...notice, modelId: 'gpt-4.1-mini', provider: 'openai' })
    expect(texts('.provider')).toEqual(['OpenAI'])
  })

  test('is read aloud: its words come into a region that was there before', async () => {
    showModelSwitchNotification(notice)
    const region = root().querySelector('[role=status][aria-live=polite]')
    expect(region?.textContent).toBe('')
    await pass(200)
    expect(region?.textContent).toBe(
      'Auto-Switching AI Model. Claude 3.5 Sonnet, Anthropic. Upgraded to better model for clinical analysis',
    )
    await pass(5_000)
    expect(region?.textContent).toBe('')
  })
})

describe('goes', () => {
  test('after five seconds', async () => {
    const { closed } = showModelSwitchNotification(notice)
    await pass(4_900)
    expect(cards()).toHaveLength(1)
    await pass(200)
    expect(cards()).toHaveLength(0)
    await expect(closed).resolves.toBe('expired')
  })

  test('after its own time, or never', async () => {
    showModelSwitchNotification({ ...notice, displayDuration: 1_000 })
    showModelSwitchNotification({ ...notice, displayDuration: Infinity, title: 'Stays' })
    await pass(1_100)
    expect(texts('.title')).toEqual(['Stays'])
    await pass(3_600_000)
    expect(texts('.title')).toEqual(['Stays'])
  })

  test.each([0, -1, Number.NaN])('%d is no time to show it for', (displayDuration) => {
    expect(() => showModelSwitchNotification({ ...notice, displayDuration })).toThrow(
      /displayDuration.*Infinity/,
    )
    expect(document.querySelectorAll('.notice')).toHaveLength(0)
  })

  test.each([
    ['pointed at', 'pointerenter', 'pointerleave'],
    ['focused', 'focusin', 'focusout'],
  ])('not while it is %s; then it has its rest, a second at least', async (_, come, leave) => {
    showModelSwitchNotification(notice)
    await pass(4_900)
    first(cards()).dispatchEvent(new Event(come, { bubbles: true }))
    await pass(60_000)
    expect(cards()).toHaveLength(1)
    first(cards()).dispatchEvent(new Event(leave, { bubbles: true }))
    await pass(900)
    expect(cards()).toHaveLength(1)
    await pass(200)
    expect(cards()).toHaveLength(0)
  })

  test('not while both hold it and one lets go', async () => {
    showModelSwitchNotification(notice)
    for (const come of ['pointerenter', 'focusin'])
      first(cards()).dispatchEvent(new Event(come, { bubbles: true }))
    first(cards()).dispatchEvent(new Event('pointerleave', { bubbles: true }))
    await pass(60_000)
    expect(cards()).toHaveLength(1)
  })

  test('by its button, and by Escape in it; the focus goes to the next one, then back', async () => {
    const input = document.createElement('input')
    document.body.append(input)
    input.focus()
    const one = showModelSwitchNotification(notice)
    const two = showModelSwitchNotification({ ...notice, title: 'Two' })
    const button = first(cards()).querySelector<HTMLButtonElement>('.close')
    button?.dispatchEvent(new FocusEvent('focusin', { bubbles: true, relatedTarget: input }))
    button?.focus()
    button?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
    await expect(two.closed).resolves.toBe('closed')
    expect(root().activeElement).toBe(first(cards()).querySelector('.close'))
    first(cards()).querySelector<HTMLButtonElement>('.close')?.click()
    await expect(one.closed).resolves.toBe('closed')
    expect(document.activeElement).toBe(input)
  })

  test('by its handle', async () => {
    const { close, closed } = showModelSwitchNotification(notice)
    close()
    close()
    await expect(closed).resolves.toBe('closed')
  })
})

describe('of many', () => {
  test('the same switch is shown once', async () => {
    showModelSwitchNotification({ ...notice, id: 'switch-1' })
    const again = showModelSwitchNotification({ ...notice, id: 'switch-1' })
    await expect(again.closed).resolves.toBe('repeated')
    expect(cards()).toHaveLength(1)
  })

  test('the newest three stand, newest first', async () => {
    const shown = Array.from({ length: 20 }, (_, index) =>
      showModelSwitchNotification({ ...notice, title: `Number ${index}` }),
    )
    expect(texts('.title')).toEqual(['Number 19', 'Number 18', 'Number 17'])
    await expect(shown[0]?.closed).resolves.toBe('replaced')
    expect(root().querySelectorAll('[role=status] p')).toHaveLength(3)
  })

  test('two copies of the package share one place', async () => {
    showModelSwitchNotification({ ...notice, id: 'switch-2' })
    vi.resetModules()
    const other = await import('./show-model-switch-notification.ts')
    expect(other.showModelSwitchNotification).not.toBe(showModelSwitchNotification)
    const again = other.showModelSwitchNotification({ ...notice, id: 'switch-2' })
    await expect(again.closed).resolves.toBe('repeated')
    other.showModelSwitchNotification({ ...notice, title: 'Of the other' })
    expect(document.querySelectorAll('pointsman-notices')).toHaveLength(1)
    expect(texts('.title')).toEqual(['Of the other', 'Auto-Switching AI Model'])
  })
})

describe('is seen', () => {
  test('not in a tab behind another: its time begins when the reader is back', async () => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    let isSeen = false
    void showModelSwitchNotification(notice).seen.then(() => (isSeen = true))
    await pass(60_000)
    expect([cards().length, isSeen]).toEqual([1, false])
    hidden.mockReturnValue(false)
    document.dispatchEvent(new Event('visibilitychange'))
    await pass(600)
    expect(isSeen).toBe(true)
    await pass(4_000)
    expect(cards()).toHaveLength(1)
    await pass(1_000)
    expect(cards()).toHaveLength(0)
    hidden.mockRestore()
  })

  test('never where newer ones took its place before the reader was back', async () => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    const seen: number[] = []
    for (const number of [0, 1, 2, 3])
      void showModelSwitchNotification(notice).seen.then(() => seen.push(number))
    await pass(1_000)
    hidden.mockRestore()
    document.dispatchEvent(new Event('visibilitychange'))
    await pass(1_000)
    expect(seen).toEqual([1, 2, 3])
  })

  test('and its time stands still while the reader is elsewhere', async () => {
    showModelSwitchNotification(notice)
    await pass(1_000)
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    document.dispatchEvent(new Event('visibilitychange'))
    await pass(60_000)
    hidden.mockRestore()
    document.dispatchEvent(new Event('visibilitychange'))
    await pass(3_900)
    expect(cards()).toHaveLength(1)
    await pass(200)
    expect(cards()).toHaveLength(0)
  })
})

describe('text of others', () => {
  const hostile = [
    '<img src=x onerror=alert(1)>',
    '<script>alert(1)</script>',
    '<a href="javascript:alert(1)">click</a>',
    '"><svg/onload=alert(1)>',
    '{{constructor.constructor("alert(1)")()}}',
  ]
  test.each(hostile)('%s stays text', (text) => {
    showModelSwitchNotification({ ...notice, modelName: text, title: text, message: text, provider: text })
    for (const place of ['.title', '.name', '.provider', '.message']) expect(texts(place)).toEqual([text])
    expect(root().querySelectorAll('img, script, a, iframe, [onload], [onerror]')).toHaveLength(0)
  })

  test('a name of 100 KB and a message of a megabyte are cut', () => {
    showModelSwitchNotification({
      ...notice,
      modelName: 'n'.repeat(100_000),
      message: 'm '.repeat(500_000),
    })
    expect(first(texts('.name'))).toBe(`${'n'.repeat(119)}…`)
    expect(first(texts('.message'))).toHaveLength(500)
  })

  test('what is not text at all does no harm', () => {
    const wrong = { modelName: null, modelId: 7, type: 'other', message: { html: '<b>' } }
    showModelSwitchNotification(wrong as unknown as ModelSwitchNotification)
    expect(first(cards()).className).toBe('notice manual')
    expect(texts('.message')).toEqual([])
  })
})
