import { PointsmanError } from '@pointsman/contract'
import type { JsonObject, JsonValue } from '@pointsman/contract'

import { isJsonArray, isJsonObject } from './json-fields.ts'

const maxWarnings = 20

/** A name from a caller's body, fit for a header: at most 80 letters, digits and `_ . - [ ]`. */
const safeName = (name: string): string => name.slice(0, 80).replace(/[^A-Za-z0-9_.[\]-]/g, '?')

/** What was left out of one request without changing its meaning. Lives for one translation; bounded. */
export class WarningList {
  readonly #texts = new Set<string>()
  #more = 0

  /** `field` is a name from the caller's body, `what` a text of ours. The same warning counts once. */
  add(field: string, what: string): void {
    const text = `${safeName(field)}: ${what}`
    if (this.#texts.has(text)) return
    if (this.#texts.size < maxWarnings) this.#texts.add(text)
    else this.#more += 1
  }

  list(): readonly string[] {
    return this.#more === 0 ? [...this.#texts] : [...this.#texts, `and ${this.#more} more`]
  }
}

/** Refusal of something that the target cannot honour and that is not safe to leave out. */
export function unsupported(field: string, why: string): PointsmanError {
  return new PointsmanError('unsupported_parameter', `\`${safeName(field)}\`: ${why}`, { field })
}

/**
 * What a dialect does with fields of other dialects (`ChatCall.extras`): `take` writes it as it is, `take-if` where it
 * has this dialect's own form, `refuse` is an error with the reason, `drop` a warning with the reason. A field without a
 * rule, or in another vendor's form, is warned of.
 */
export type ExtraRule =
  | { readonly kind: 'take' }
  | { readonly kind: 'take-if'; readonly fits: (value: JsonValue) => boolean }
  | { readonly kind: 'refuse'; readonly why: string }
  | { readonly kind: 'drop'; readonly why: string }

/** Fields that are part of what is asked: without them the answer would be to another question. */
const meansMuch: readonly (readonly [RegExp, string])[] = [
  [/^tools\./, 'a tool that another vendor runs; leave it out, or choose a model of that vendor.'],
  [/^cachedContent$/, 'what is cached at Google only Gemini models read; send it, or choose a Gemini model.'],
  // Google's SDKs put what comes after what they have: an answer from its beginning would stand there twice.
  [/^continuationToken$/, 'what Gemini began only Gemini goes on with; ask anew, or choose a Gemini model.'],
  [
    /^tools\[\d+\]$/,
    'a tool that only the API it was written for has; leave it out, or choose one of its models.',
  ],
  [/^mcp_servers$/, 'tool servers are called by Anthropic itself; choose one of its models.'],
  [/^container$/, 'containers exist at Anthropic only; choose one of its models.'],
  [
    /^inference_geo$/,
    'where this model runs is settled by its region; choose one by that, or an Anthropic model.',
  ],
]

const systemMoved = /^(?:messages|input)\[\d+\]\.role$/

/** OpenAI's Responses API has kinds of tools beside functions, which it runs itself or which take no JSON. */
function whyNoTools(tools: JsonValue): string {
  const kinds = (isJsonArray(tools) ? tools : []).map((tool) => (isJsonObject(tool) ? tool['type'] : null))
  const named = [...new Set(kinds)].map((kind) => `"${safeName(typeof kind === 'string' ? kind : '?')}"`)
  return `tools of kind ${named.join(', ')} exist in OpenAI's Responses API alone; leave them out, or choose a model of OpenAI.`
}

function ruleOfMeaning(name: string, value: JsonValue): ExtraRule | undefined {
  if (name === 'tools') return { kind: 'refuse', why: whyNoTools(value) }
  const why = meansMuch.find(([form]) => form.test(name))?.[1]
  return why === undefined ? undefined : { kind: 'refuse', why }
}

/** Applies a dialect's rules; answers the fields to write. Throws `unsupported_parameter`. */
export function settleExtras(
  extras: JsonObject,
  rules: ReadonlyMap<string, ExtraRule>,
  warnings: WarningList,
): JsonObject {
  const taken: [string, JsonValue][] = []
  for (const [name, value] of Object.entries(extras)) {
    const rule = rules.get(name) ?? ruleOfMeaning(name, value)
    const isTaken = rule?.kind === 'take' || (rule?.kind === 'take-if' && rule.fits(value))
    if (isTaken) taken.push([name, value])
    else if (rule?.kind === 'refuse') throw unsupported(name, rule.why)
    else if (rule?.kind === 'drop') warnings.add(name, rule.why)
    else if (systemMoved.test(name))
      warnings.add(name, 'a system text inside the conversation was moved to its front')
    else warnings.add(name, 'the API of this model has no such field; it was left out')
  }
  return Object.fromEntries(taken)
}
