import type { Key } from '@pointsman/contract'

export interface CompiledKeys {
  readonly keysByDigest: ReadonlyMap<string, Key>
  readonly keysById: ReadonlyMap<string, Key>
}

/** A key may name routes and models that are gone: such a name allows nothing, so it is no problem. */
export function compileKeys(entries: readonly Key[], problems: string[]): CompiledKeys {
  const keysByDigest = new Map<string, Key>()
  const keysById = new Map<string, Key>()
  for (const key of entries) {
    if (keysById.has(key.id)) problems.push(`key ${key.id} stands twice`)
    const holder = keysByDigest.get(key.digest)
    if (holder !== undefined && holder.id !== key.id)
      problems.push(`keys ${holder.id} and ${key.id} are the same`)
    keysById.set(key.id, key)
    keysByDigest.set(key.digest, key)
  }
  return { keysByDigest, keysById }
}
