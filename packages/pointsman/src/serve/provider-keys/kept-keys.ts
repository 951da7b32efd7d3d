import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SealedKey } from '@pointsman/contract'
import { nodeFiles } from '@pointsman/journal'
import type { Log } from '../log.ts'
import { writeWhole } from '../write-whole.ts'

const name = 'provider-keys.json'

/** The sealed keys as this host last had them, for a start while the registry or Secrets Manager is away. */
export interface KeptKeys {
  /** None where there is no file, or none that can be read: then they are read of their sources. */
  load(): Promise<readonly SealedKey[]>
  save(keys: readonly SealedKey[]): Promise<void>
}

export function keptKeysIn(dataDir: string, log: Log): KeptKeys {
  let written: string | null = null
  return {
    async load() {
      try {
        // oxlint-disable-next-line no-restricted-properties -- our own file; a key that was altered is not opened
        const keys: unknown = JSON.parse(await readFile(join(dataDir, name), 'utf8'))
        if (Array.isArray(keys)) return keys as readonly SealedKey[]
        log('warn', 'kept_provider_keys_unreadable', { why: `${name} holds no list` })
      } catch (error) {
        const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
        if (!isMissing) log('warn', 'kept_provider_keys_unreadable', { error })
      }
      return []
    },
    async save(keys) {
      const text = JSON.stringify(keys)
      if (text === written) return
      await writeWhole(dataDir, name, text)
      await nodeFiles.syncDirectory(dataDir)
      written = text
    },
  }
}
