import type { ChatCall, EmbedCall, Model, Needs, Operation, Provider, WholeResult } from '@pointsman/contract'
import type { Dialect, WholeForm } from '@pointsman/wire'

/** An operation's form with its own types left open: what one face read, only a form of the same operation writes. */
export type OpenForm = WholeForm<ChatCall | EmbedCall, WholeResult>

/** How a dialect reads and writes an operation; null = it has none. */
export function formOf(dialect: Dialect, operation: Operation): OpenForm | null {
  switch (operation) {
    case 'chat':
    case 'chat-stream':
      return dialect
    case 'embed':
      return dialect.embed
    case 'count-tokens':
      return dialect.countTokens
  }
}

/** A request, as far as it decides in which dialect a provider is asked. */
export interface Asked {
  readonly face: Dialect['name']
  readonly operation: Operation
  readonly model: Model
  readonly needs: Needs
  /** See `Dialect.nearestDialect`. */
  readonly nearest: Dialect['name'] | null
  /** Whether the caller's bytes may pass; asked once, where the provider takes the face's dialect. */
  passes(): boolean
}

/** A dialect in which a provider is asked; `passes`: with the caller's own bytes. */
export interface ChosenDialect {
  readonly name: Dialect['name']
  readonly passes: boolean
}

/**
 * The face's own dialect where the provider takes that, else the nearest, else its first that fits; null = none. A dialect in which the
 * vendor refuses such a request is left out for what is written here.
 */
export function dialectFor(provider: Provider, asked: Asked): ChosenDialect | null {
  const { face, model, nearest, needs, operation } = asked
  let first: ChosenDialect | null = null
  for (const dialect of provider.dialects) {
    const { formats, name, operations } = dialect
    if (!operations.includes(operation)) continue
    if (formats !== null && !formats.includes(model.format)) continue
    if (name === face && asked.passes()) return { name, passes: true }
    if (dialect.writesFor?.(model, needs) === false) continue
    if (name === face || name === nearest) return { name, passes: false }
    first ??= { name, passes: false }
  }
  return first
}
