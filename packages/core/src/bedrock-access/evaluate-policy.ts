import type { NeededAccess } from './needed-access.ts'
import { listOf, statementsOf, type PolicyDocument, type PolicyStatement } from './policy-document.ts'

/** `unsure`: it hangs on a condition that cannot be judged from here. */
export type Access = 'allowed' | 'denied' | 'not-allowed' | 'unsure'

/**
 * Whether a role with these policies, and no other, may do this. Denials win; what no statement allows is not allowed. A
 * condition on something that only the call itself knows (an address, a tag) makes the answer unsure.
 */
export function accessUnder(policies: readonly PolicyDocument[], need: NeededAccess): Access {
  const met = (effect: PolicyStatement['Effect']): readonly Met[] =>
    policies
      .flatMap(statementsOf)
      .filter((statement) => statement.Effect === effect && speaksOf(statement, need))
      .map((statement) => conditionsMet(statement, need))
  const denials = met('Deny')
  const allowances = met('Allow')
  if (denials.includes('yes')) return 'denied'
  if (!allowances.includes('yes')) return allowances.includes('unknown') ? 'unsure' : 'not-allowed'
  return denials.includes('unknown') ? 'unsure' : 'allowed'
}

function speaksOf(statement: PolicyStatement, { action, resource }: NeededAccess): boolean {
  const actions = statement.Action === undefined ? listOf(statement.NotAction) : listOf(statement.Action)
  const onAction = actions.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase()))
  if (onAction === (statement.Action === undefined)) return false
  const resources =
    statement.Resource === undefined ? listOf(statement.NotResource) : listOf(statement.Resource)
  const onResource = resources.some((pattern) => likeArn(pattern, resource))
  return onResource !== (statement.Resource === undefined)
}

type Met = 'yes' | 'no' | 'unknown'

function conditionsMet({ Condition = {} }: PolicyStatement, need: NeededAccess): Met {
  let met: Met = 'yes'
  for (const [operator, keys] of Object.entries(Condition)) {
    for (const [key, values] of Object.entries(keys)) {
      const one = conditionMet(operator, contextValue(key, need), listOf(values))
      if (one === 'no') return 'no'
      if (one === 'unknown') met = 'unknown'
    }
  }
  return met
}

/** Undefined = not known here; null = the call has no such key. */
function contextValue(key: string, need: NeededAccess): string | null | undefined {
  switch (key.toLowerCase()) {
    case 'bedrock:inferenceprofilearn':
      return need.profile
    case 'aws:requestedregion':
      return need.requestedRegion
    default:
      return undefined
  }
}

const comparisons: { readonly [operator: string]: (pattern: string, value: string) => boolean } = {
  stringequals: (pattern, value) => pattern === value,
  stringequalsignorecase: (pattern, value) => pattern.toLowerCase() === value.toLowerCase(),
  stringlike: (pattern, value) => like(pattern, value),
  arnequals: (pattern, value) => likeArn(pattern, value),
  arnlike: (pattern, value) => likeArn(pattern, value),
}

function conditionMet(operator: string, value: string | null | undefined, patterns: readonly string[]): Met {
  if (value === undefined) return 'unknown'
  const word = operator.toLowerCase()
  if (word === 'null') return patterns.includes(value === null ? 'true' : 'false') ? 'yes' : 'no'
  const ifExists = word.endsWith('ifexists')
  const plain = ifExists ? word.slice(0, -'ifexists'.length) : word
  const negated = /^(string|arn)not/.test(plain)
  const compare = comparisons[plain.replace(/^(string|arn)not/, '$1')]
  if (compare === undefined) return 'unknown'
  if (value === null) return ifExists || negated ? 'yes' : 'no'
  return patterns.some((pattern) => compare(pattern, value)) === negated ? 'no' : 'yes'
}

/** No `*` of a pattern's first five parts reaches over a colon; parts that it leaves out at its end may be anything. */
function likeArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true
  const patterns = arnParts(pattern)
  return arnParts(arn).every((part, index) => like(patterns[index] ?? '*', part))
}

function arnParts(arn: string): readonly string[] {
  const parts = arn.split(':')
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')]
}

/**
 * `*` is anything, `?` one character. Where the text itself holds a `*` (an account that is not known), only a pattern's
 * `*` covers it. Linear in practice and without a regular expression: policies are foreign text.
 */
function like(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let resume = 0
  let index = 0
  while (index < text.length) {
    const character = pattern[at]
    if (character === '*') {
      star = at++
      resume = index
    } else if (character === '?' || character === text[index]) {
      at++
      index++
    } else if (star >= 0) {
      at = star + 1
      index = ++resume
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
