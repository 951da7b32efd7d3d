import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { answerBreak } from './rule.ts'
import type { FaultEffect, FaultRule } from './rule.ts'

type Check = (value: JsonValue, where: string) => void

const ENDINGS = [
  'error',
  'throttle',
  'status',
  'stall',
  'stallAfterChunks',
  'cutAfterChunks',
  'endAfterChunks',
  'exceptionAfterChunks',
  'malformedFrame',
  'garbageJson',
  'withoutMetadata',
] as const satisfies readonly (keyof FaultEffect)[]

/**
 * Reads a rule from outside. Throws a TypeError that names the field and what it should be; a name that is not known
 * is refused too, as a misspelt fault would never act and its test would pass for the wrong reason.
 */
export function checkRule(value: unknown): FaultRule {
  const rule = object(value as JsonValue, 'rule')
  fields(rule, 'rule', {
    match: (match, where) => {
      fields(object(match, where), where, { model: text, region: text, operation: text })
    },
    times: (times, where) => {
      if (times !== 'forever') whole(1)(times, where)
    },
    probability: (probability, where) => {
      if (typeof probability !== 'number' || !(probability >= 0 && probability <= 1)) {
        fail(where, 'a number from 0 to 1')
      }
    },
    effect: checkEffect,
  })
  if (rule['effect'] === undefined) fail('rule.effect', 'an object that says what happens')
  // Every field was just checked against the type.
  return structuredClone(rule) as unknown as FaultRule
}

const milliseconds: Check = (value, where) => {
  whole(0)(value, where)
  if (Number(value) > 3_600_000) fail(where, 'at most 3600000 (an hour)')
}

const place: Check = (value, where) => {
  if (value !== true) fields(object(value, where), where, { n: whole(0) }, ['n'])
}

const EFFECT_FIELDS: Readonly<Record<keyof FaultEffect, Check>> = {
  delayMs: milliseconds,
  error: (value, where) => {
    fields(object(value, where), where, { name: errorName, message: text, status: httpStatus }, ['name'])
  },
  throttle: (value, where) => {
    if (value !== true && value !== 'requests' && value !== 'tokens')
      fail(where, "true, 'requests' or 'tokens'")
  },
  status: (value, where) => {
    fields(object(value, where), where, { code: httpStatus, body: anything, headers: headerValues }, ['code'])
  },
  retryAfter: (value, where) => {
    if (typeof value === 'string') headerText(value, where)
    else whole(0)(value, where)
  },
  stall: onlyTrue,
  stallAfterChunks: whole(0),
  cutAfterChunks: whole(0),
  endAfterChunks: whole(0),
  exceptionAfterChunks: (value, where) => {
    fields(object(value, where), where, { n: whole(0), name: errorName, message: text }, ['n', 'name'])
  },
  malformedFrame: place,
  garbageJson: place,
  withoutMetadata: onlyTrue,
  finishReason: text,
  blockReason: text,
  slowChunksMs: milliseconds,
  chunkBytes: whole(1),
  answer: (value, where) => {
    fields(object(value, where), where, { text: anyText, pieces: whole(1) }, ['text'])
  },
}

function checkEffect(value: JsonValue, where: string): void {
  const effect = object(value, where)
  fields(effect, where, EFFECT_FIELDS)
  const endings = ENDINGS.filter((name) => effect[name] !== undefined)
  if (endings.length > 1) fail(where, `one way of ending; it has ${endings.join(' and ')}`)
  const broken = answerBreak(effect)
  if (broken !== null && broken.afterChunks > 1_000_000) fail(where, 'at most 1000000 chunks')
}

function fields(
  value: Readonly<Record<string, JsonValue | undefined>>,
  where: string,
  known: Readonly<Record<string, Check>>,
  required: readonly string[] = [],
): void {
  for (const [name, member] of Object.entries(value)) {
    const check = Object.hasOwn(known, name) ? known[name] : undefined
    if (check === undefined) fail(`${where}.${name}`, `left out: known are ${Object.keys(known).join(', ')}`)
    if (member !== undefined) check(member, `${where}.${name}`)
  }
  for (const name of required) if (value[name] === undefined) fail(`${where}.${name}`, 'given')
}

function fail(where: string, expected: string): never {
  throw new TypeError(`${where} should be ${expected}`)
}

function object(value: JsonValue, where: string): JsonObject {
  return isJsonObject(value) ? value : fail(where, 'an object')
}

function text(value: JsonValue, where: string): void {
  if (typeof value !== 'string' || value === '') fail(where, 'a text that is not empty')
}

/** Bedrock tells it in a header. */
function errorName(value: JsonValue, where: string): void {
  text(value, where)
  headerText(value, where)
}

/** Any other character in a header throws while the answer is being sent. */
function headerText(value: JsonValue, where: string): void {
  anyText(value, where)
  if (typeof value === 'string' && /[^ -~]/.test(value))
    fail(where, 'of printable ASCII, as it goes into a header')
}

function anyText(value: JsonValue, where: string): void {
  if (typeof value !== 'string') fail(where, 'a text')
}

/** RFC 9110, section 5.6.2. */
const headerName = /^[\w!#$%&'*+.^`|~-]+$/

function headerValues(value: JsonValue, where: string): void {
  for (const [name, member] of Object.entries(object(value, where))) {
    if (!headerName.test(name))
      fail(where, `headers by names that HTTP knows, which ${JSON.stringify(name)} is not`)
    headerText(member ?? null, `${where}.${name}`)
  }
}

function anything(_value: JsonValue, _where: string): void {
  // The body of a scripted answer may be any JSON.
}

function onlyTrue(value: JsonValue, where: string): void {
  if (value !== true) fail(where, 'true, or left out')
}

function httpStatus(value: JsonValue, where: string): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 200 || value > 599) {
    fail(where, 'an HTTP status from 200 to 599')
  }
}

function whole(lowest: number): Check {
  return (value, where) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < lowest) {
      fail(where, `a whole number of ${lowest} or more`)
    }
  }
}
