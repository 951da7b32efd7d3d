import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SealedKey } from '@pointsman/contract'
import { nodeFiles } from '@pointsman/journal'
import { writeWhole } from '../write-whole.ts'

const name = 'provider-keys.json'

/** The sealed keys as this host last had them, for a start while the registry or Secrets Manager is away. */
export interface KeptKeys {
  load(): Promise<readonly SealedKey[]>
  save(keys: readonly SealedKey[]): Promise<void>
}

export function keptKeysIn(dataDir: string): KeptKeys {
  let written: string | null = null
  return {
    async load() {
      const text = await readFile(join(dataDir, name), 'utf8').catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '[]'
        throw error
      })
      // eslint-disable-next-line no-restricted-syntax -- our own file; a key that was altered is not opened
      return JSON.parse(text) as readonly SealedKey[]
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
