import type { JsonValue } from '@pointsman/contract'

import { isJsonObject } from '../json-fields.ts'
import { besideTokens } from '../unpriced.ts'

/** Of a tool; a record is not to grow by what a vendor writes. */
const longestName = 64

/**
 * Uses of tools that run at the vendor, of one answer: Nova's grounding on the web costs beside its tokens
 * (docs.aws.amazon.com, Nova 2, web grounding; `ToolUseBlock.type` of the service model; 2026-11).
 */
export class ServerTools {
  readonly #times = new Map<string, number>()

  /** A block of an answer, or the start of one. */
  take(block: JsonValue | undefined): void {
    const use = isJsonObject(block) ? block['toolUse'] : undefined
    if (!isJsonObject(use) || use['type'] !== 'server_tool_use' || typeof use['name'] !== 'string') return
    const name = use['name'].slice(0, longestName)
    this.#times.set(name, (this.#times.get(name) ?? 0) + 1)
  }

  get unpriced(): readonly string[] {
    return [...this.#times].map(([name, times]) => besideTokens(name, times))
  }
}
