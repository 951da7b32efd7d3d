import type { Actor } from '@pointsman/contract'
import { useKeyNames } from '../../parts/use-key-names.ts'

/** Who switched: a key by its name, where keys may be seen. */
export function Who({ actor: { id, kind } }: { readonly actor: Actor }) {
  const keyName = useKeyNames(kind === 'key')
  return <span title={id}>{kind === 'key' ? keyName(id) : id}</span>
}
