import { Chance } from '../answer/chance.ts'
import { matchesGlob } from './glob.ts'
import type { FaultRule, FaultSubject } from './rule.ts'

/** A rule in force, under the name by which the ledger tells that it acted. */
export interface ActiveFault {
  readonly id: string
  readonly rule: FaultRule
}

interface Entry extends ActiveFault {
  left: number
}

const MOST_RULES = 1_000

/** The rules in force, in the order in which they were given. Bounded to 1,000. */
export class FaultScript {
  #entries: Entry[] = []
  #given = 0
  #chance: Chance
  readonly #seedHex: string

  constructor(seedHex: string) {
    this.#seedHex = seedHex
    this.#chance = new Chance(seedHex)
  }

  /** Adds a checked rule; gives its id. Throws a RangeError when 1,000 are in force. */
  add(rule: FaultRule): string {
    this.#checkRoom(1)
    this.#given += 1
    const id = `rule-${this.#given}`
    const left = rule.times === undefined || rule.times === 'forever' ? Infinity : rule.times
    this.#entries.push({ id, rule, left })
    return id
  }

  /** The same of several: all of them, or none. */
  addAll(rules: readonly FaultRule[]): readonly string[] {
    this.#checkRoom(rules.length)
    return rules.map((rule) => this.add(rule))
  }

  /** Takes all rules away, and begins the draws of `probability` again. */
  clear(): void {
    this.#entries = []
    this.#chance = new Chance(this.#seedHex)
  }

  /** The first rule that fits and is drawn, counted as used; null when the request goes unharmed. */
  take(subject: FaultSubject): ActiveFault | null {
    for (const entry of this.#entries) {
      if (entry.left <= 0 || !fits(entry.rule, subject)) continue
      if (entry.rule.probability !== undefined && this.#chance.fraction() >= entry.rule.probability) continue
      entry.left -= 1
      if (entry.left <= 0) this.#entries = this.#entries.filter((other) => other !== entry)
      return entry
    }
    return null
  }

  #checkRoom(count: number): void {
    const inForce = this.#entries.length
    if (inForce + count <= MOST_RULES) return
    throw new RangeError(
      `script: ${inForce} of at most ${MOST_RULES} rules are in force; clear() them before adding ${count} more`,
    )
  }
}

function fits(rule: FaultRule, subject: FaultSubject): boolean {
  const match = rule.match
  if (match === undefined) return true
  return (
    (match.model === undefined || matchesGlob(match.model, subject.model)) &&
    (match.region === undefined || matchesGlob(match.region, subject.region)) &&
    (match.operation === undefined || matchesGlob(match.operation, subject.operation))
  )
}
