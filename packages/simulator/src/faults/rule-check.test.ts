import { describe, expect, test } from 'vitest'
import { checkRule } from './rule-check.ts'

describe('checkRule', () => {
  test('takes a whole rule and gives a copy of it', () => {
    const rule = {
      match: { model: 'eu.*', region: 'eu-central-1', operation: 'converse' },
      times: 3,
      probability: 0.25,
      effect: { delayMs: 5, error: { name: 'ThrottlingException' }, retryAfter: 2, chunkBytes: 3 },
    }
    expect(checkRule(rule)).toEqual(rule)
    expect(checkRule(rule)).not.toBe(rule)
  })

  test.each([
    [null, 'rule should be an object'],
    [{}, 'rule.effect should be an object that says what happens'],
    [{ effect: { stal: true } }, 'rule.effect.stal should be left out: known are delayMs, error'],
    [{ effect: { constructor: 1 } }, 'rule.effect.constructor should be left out'],
    [{ effects: {}, effect: {} }, 'rule.effects should be left out'],
    [{ times: 0, effect: {} }, 'rule.times should be a whole number of 1 or more'],
    [{ probability: 2, effect: {} }, 'rule.probability should be a number from 0 to 1'],
    [{ match: { model: '' }, effect: {} }, 'rule.match.model should be a text that is not empty'],
    [{ effect: { stall: true, throttle: true } }, 'one way of ending; it has throttle and stall'],
    [{ effect: { cutAfterChunks: -1 } }, 'rule.effect.cutAfterChunks should be a whole number of 0 or more'],
    [{ effect: { exceptionAfterChunks: { n: 1 } } }, 'rule.effect.exceptionAfterChunks.name should be given'],
    [
      { effect: { exceptionAfterChunks: { n: 1, name: '过载' } } },
      'rule.effect.exceptionAfterChunks.name should be of printable ASCII, as it goes into a header',
    ],
    [{ effect: { error: { name: 'a\nb' } } }, 'rule.effect.error.name should be of printable ASCII'],
    [
      { effect: { status: { code: 99 } } },
      'rule.effect.status.code should be an HTTP status from 200 to 599',
    ],
    [
      { effect: { throttle: true, retryAfter: '5 秒' } },
      'rule.effect.retryAfter should be of printable ASCII, as it goes into a header',
    ],
    [
      { effect: { status: { code: 500, headers: { 'x-a': 'a\r\nb' } } } },
      'rule.effect.status.headers.x-a should be of printable ASCII',
    ],
    [
      { effect: { status: { code: 500, headers: { 'x a': 'a' } } } },
      'rule.effect.status.headers should be headers by names that HTTP knows, which "x a" is not',
    ],
    [{ effect: { throttle: 'all' } }, "rule.effect.throttle should be true, 'requests' or 'tokens'"],
    [{ effect: { delayMs: 9_999_999 } }, 'rule.effect.delayMs should be at most 3600000'],
  ])('refuses %j', (rule, message) => {
    expect(() => checkRule(rule)).toThrow(message)
  })
})
