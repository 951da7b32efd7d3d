import type {
  ChatCall,
  EmbedCall,
  Operation,
  Provider,
  ProviderDialect,
  WholeResult,
} from '@pointsman/contract'
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

/** The dialect in which a provider is asked: the face's own where it takes that, else its first that fits; null = none. */
export function dialectFor(
  provider: Provider,
  asked: { readonly face: Dialect['name']; readonly operation: Operation; readonly format: string },
): ProviderDialect | null {
  let first: ProviderDialect | null = null
  for (const dialect of provider.dialects) {
    const { formats, name, operations } = dialect
    if (!operations.includes(asked.operation)) continue
    if (formats !== null && !formats.includes(asked.format)) continue
    if (name === asked.face) return dialect
    first ??= dialect
  }
  return first
}
