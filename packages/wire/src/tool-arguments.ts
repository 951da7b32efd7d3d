import { PointsmanError } from '@pointsman/contract'
import type { Finish, FinishReason, JsonObject, JsonValue } from '@pointsman/contract'

import { numberOf, parseExactJson } from './exact-json.ts'
import { isJsonObject } from './json-fields.ts'
import { isUnfinished } from './unfinished-answers.ts'

/**
 * The arguments as text, from a server that speaks OpenAI's APIs: some write the object itself. Throws `upstream_broken` for
 * what is neither: a call must not go on without its arguments.
 */
export function argumentsText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  if (value === undefined || value === null) return ''
  if (isJsonObject(value) && numberOf(value) === null) return JSON.stringify(value)
  throw new PointsmanError(
    'upstream_broken',
    "The vendor's answer holds a tool call whose arguments are neither text nor an object.",
  )
}

/** The arguments as the object that some vendors want; null where they are not one. Empty text is no arguments. */
export function readArguments(argumentsJson: string): JsonObject | null {
  if (argumentsJson.trim() === '') return {}
  let value: JsonValue
  try {
    value = parseExactJson(argumentsJson)
  } catch {
    // Unfinished JSON of an answer that was cut: the caller decides what it means.
    return null
  }
  return isJsonObject(value) ? value : null
}

const cuts: ReadonlySet<FinishReason> = new Set(['length', 'context-length', 'content-filter', 'refusal'])

/** The answer ended before the model was done, and with it perhaps a call: its end says so, and another model must not be asked. */
export const wasCut = (finish: Finish): boolean => cuts.has(finish.reason) || isUnfinished(finish)

export const noObject = (): PointsmanError =>
  new PointsmanError('upstream_broken', 'The model called a tool with arguments that are no JSON object.')

/** Follows the calls of an answer that is written piece by piece in a form whose arguments are an object. */
export class StreamedArguments {
  #open: string | null = null
  #isBroken = false

  begin(): void {
    this.#open = ''
  }

  add(json: string): void {
    if (this.#open !== null) this.#open += json
  }

  endBlock(): void {
    if (this.#open !== null) this.#isBroken ||= readArguments(this.#open) === null
    this.#open = null
  }

  /** Throws `upstream_broken`: what went out must not look like a call that can be run, as in a whole answer. */
  finish(finish: Finish): void {
    if (this.#isBroken && !wasCut(finish)) throw noObject()
  }
}
