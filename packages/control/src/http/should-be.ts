import type { z } from 'zod'

type Issue = z.core.$ZodIssue

const kinds: { readonly [expected: string]: string } = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

const formats: { readonly [format: string]: string } = {
  datetime: 'an instant such as 2026-11-01T12:00:00Z',
  date: 'a date such as 2026-11-01',
  uuid: 'a UUID',
  url: 'a URL',
  safeint: 'a whole number that JSON carries exactly',
}

const units: { readonly [origin: string]: string } = { string: 'character', array: 'item' }

/**
 * What a wrong value should be, to follow "should be"; null where the issue says it in words of its own (a refinement,
 * a pattern with a message), or as a bound (`shouldHave`).
 */
export function shouldBe(issue: Issue): string | null {
  switch (issue.code) {
    case 'invalid_type':
      return kinds[issue.expected] ?? issue.expected
    case 'invalid_value':
      return isStringBool(issue) ? 'true or false' : oneOf(issue.values.map((value) => JSON.stringify(value)))
    case 'invalid_format':
      return formats[issue.format] ?? null
    case 'invalid_union': {
      const [first, ...others] = issue.errors.map(([inner]) => (inner === undefined ? null : shouldBe(inner)))
      if (first === undefined) return null
      return [first, ...others].every((text) => text !== null)
        ? oneOf([...new Set([first, ...others])])
        : null
    }
    case 'too_small':
    case 'too_big':
      return bound(issue)
    default:
      return null
  }
}

const isStringBool = (issue: Issue): boolean => 'expected' in issue && issue.expected === 'stringbool'

function bound(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const isLeast = issue.code === 'too_small'
  const limit = String(isLeast ? issue.minimum : issue.maximum)
  const unit = units[issue.origin]
  if (unit !== undefined) {
    return `${isLeast ? 'at least' : 'at most'} ${limit} ${unit}${limit === '1' ? '' : 's'} long`
  }
  if (issue.inclusive !== false) return `${limit} or ${isLeast ? 'more' : 'less'}`
  return `${isLeast ? 'more' : 'less'} than ${limit}`
}

const oneOf = (texts: readonly (string | null)[]): string =>
  texts.length < 2 ? (texts[0] ?? '') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1) ?? ''}`

/** "a string", "null", …: what stands there instead. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'boolean' || typeof value === 'number' ? JSON.stringify(value) : `a ${typeof value}`
}
