import { canonicalJson } from '@pointsman/contract'

/** A list of candidates may be long, and every list of revisions holds these words. */
const longestWords = 2_000

type Entry = object | null

// Canonical: the database keeps members in an order of its own, callers send them in theirs, and that is no change.
const shown = (value: unknown): string => (value === undefined ? 'nothing' : canonicalJson(value))

/** What a change did to one entry, member by member: revisions of their own say nothing of it. Null = it is not there. */
export function wordsOfChange(what: string, before: Entry, after: Entry): string {
  const was = new Map<string, unknown>(Object.entries(before ?? {}))
  const is = new Map<string, unknown>(Object.entries(after ?? {}))
  const members = [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [from, to] = [shown(was.get(name)), shown(is.get(name))]
    if (before === null) return [`${name} ${to}`]
    if (after === null) return [`${name} ${from}`]
    return from === to ? [] : [`${name} ${from} → ${to}`]
  })
  const how = before === null ? ' added' : after === null ? ' removed' : ''
  const words = `${what}${how}: ${members.join('; ')}`
  return words.length <= longestWords ? words : `${words.slice(0, longestWords - 1)}…`
}
