import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayedText } from './displayed-text.ts'
import { providerName } from './provider-name.ts'

describe('text as it may be displayed', () => {
  test.each([
    ['Claude 3.5 Sonnet', 'Claude 3.5 Sonnet'],
    ['  two\n\tlines\u2028more  ', 'two lines more'],
    ['\u202eetanoS\u202c \u2066x\u2069', 'etanoS x'],
    ['\u0000\u001b[31mred\u0007', '[31mred'],
    ['e\u0301\u0301\u0301\u0301\u0301\u0301', 'e\u0301\u0301\u0301'],
    ['lone \ud800 half', 'lone \ufffd half'],
    ['נמל \u200fנ', 'נמל \u200fנ'],
    ['👩🏽‍⚕️ on call', '👩🏽‍⚕️ on call'],
  ])('%j → %j', (text, shown) => {
    expect(displayedText(text, 50)).toBe(shown)
  })

  test.each([null, undefined, 7, {}, ['a']])('%j is no text', (value) => {
    expect(displayedText(value, 50)).toBe('')
  })

  test('what is cut ends in …, between letters as readers see them', () => {
    expect(displayedText('👩🏽‍⚕️👩🏽‍⚕️👩🏽‍⚕️', 2)).toBe('👩🏽‍⚕️…')
    expect(displayedText('x'.repeat(10_000_000), 5)).toBe('xxxx…')
  })

  test('of any text: never longer, of one line, well-formed, nothing that reorders; and it stays as it is', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .array(fc.constantFrom(...'a \u202e\u2066\u2069\u0301\ud83d\udc69\n\u200d…'))
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, length) => {
        const shown = displayedText(text, length)
        expect([...new Intl.Segmenter().segment(shown)].length).toBeLessThanOrEqual(length)
        expect(shown.isWellFormed()).toBe(true)
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u)
        expect(displayedText(shown, length)).toBe(shown)
      }),
    )
  })
})

test.each([
  ['amazon', 'x', 'Amazon'],
  ['Some Lab', 'x', 'Some Lab'],
  [null, 'eu.amazon.nova-pro-v1:0', 'Amazon'],
  [undefined, 'anthropic.claude-3-5-sonnet-20241022-v2:0', 'Anthropic'],
  [undefined, 'bedrock/us.meta.llama3-3-70b-instruct-v1:0', 'Meta'],
  [undefined, 'gpt-4.1-mini', null],
  [undefined, 'constructor.prototype', null],
])('the maker of %j with id %s is %j', (provider, id, name) => {
  expect(providerName(provider, id)).toBe(name)
})
