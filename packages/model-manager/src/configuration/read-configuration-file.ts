import { readFileSync, statSync } from 'node:fs'
import { ModelManagerError } from '../model-manager-error.ts'
import { maxConfigurationBytes } from './parse-configuration.ts'

/** The file's text, or null where there is none. Throws ModelManagerError `invalid_configuration`. */
export function readConfigurationFile(path: string): string | null {
  try {
    const { size } = statSync(path)
    if (size > maxConfigurationBytes) {
      throw new ModelManagerError(
        'invalid_configuration',
        `${path} has ${size} bytes; a configuration has at most ${maxConfigurationBytes}.`,
      )
    }
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    if (thrown instanceof ModelManagerError) throw thrown
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return null
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    throw new ModelManagerError('invalid_configuration', `${path} cannot be read: ${why}.`, { cause: thrown })
  }
}
