import { PointsmanError } from '@pointsman/contract'
import type { z } from 'zod'
import { kindOf, shouldBe } from './should-be.ts'

/** An answer about a wrong body must not grow with it. */
const maxProblems = 50
const maxNames = 10
const maxNameCharacters = 200

/**
 * Foreign input through its schema. Throws PointsmanError `invalid_request` that names the first wrong field as
 * the caller wrote it, and what it should be; further ones stand in `details.data.problems`.
 */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: 'body' | 'query' | 'path' | 'catalogue' | 'file' | 'answer of AWS',
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.slice(0, maxProblems).map((issue) => describe(issue, value, what))
  const [first] = problems
  if (first === undefined)
    throw new PointsmanError('invalid_request', `The ${what} is not what it should be.`)
  throw new PointsmanError('invalid_request', first.message, {
    ...(first.field === '' ? {} : { field: first.field }),
    ...(problems.length > 1 ? { data: { problems } } : {}),
  })
}

interface Problem {
  readonly field: string
  readonly message: string
}

function describe(issue: z.core.$ZodIssue, given: unknown, what: string): Problem {
  const path = pathOf(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const field = pathOf([...issue.path, (issue.keys[0] ?? '').slice(0, maxNameCharacters)])
    const shown = issue.keys.slice(0, maxNames).map((key) => `"${key.slice(0, maxNameCharacters)}"`)
    const more = issue.keys.length - shown.length
    const names = shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
    return {
      field,
      message: `The ${what} has ${issue.keys.length === 1 ? 'a member' : 'members'} that nothing here knows: ${names}. Leave it out, or correct its spelling.`,
    }
  }
  const field = path === '' ? `The ${what}` : `"${path}"`
  const should = shouldBe(issue)
  if (should === null) return { field: path, message: `${field} is not what it should be: ${issue.message}.` }
  const wrong = valueAt(given, issue.path)
  if (wrong === undefined) return { field: path, message: `${field} is missing: it should be ${should}.` }
  return { field: path, message: `${field} should be ${should}${instead(issue, wrong, what)}.` }
}

/** What stands there in its place. In a query everything is a text: its kind would say nothing. */
function instead(issue: z.core.$ZodIssue, wrong: unknown, what: string): string {
  if (what === 'query' && issue.code === 'invalid_type')
    return `, not ${JSON.stringify(String(wrong).slice(0, maxNameCharacters))}`
  return isOfWrongKind(issue) ? `, not ${kindOf(wrong)}` : ''
}

/** A text that is no number is of the right kind; its form is wrong. */
function isOfWrongKind(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_union') return issue.errors.every(([inner]) => inner?.code === 'invalid_type')
  return issue.code === 'invalid_type' && !('received' in issue)
}

const valueAt = (given: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null
        ? (value as { readonly [key: PropertyKey]: unknown })[step]
        : undefined,
    given,
  )

const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    '',
  )
