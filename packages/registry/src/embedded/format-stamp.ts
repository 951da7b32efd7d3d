// PGlite's folder belongs to one minor version: 0.3 → 0.4 → 0.5 each could not open the one before. Opening another
// one's files may damage them, so the folder says which version wrote it, and no other is let in.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PointsmanError } from '@pointsman/contract'

interface Format {
  readonly engine: 'pglite'
  /** Minor version of PGlite and major version of its PostgreSQL, which together decide the files' form. */
  readonly engineVersion: string
  readonly postgresVersion: number
}

/** What this program writes and reads; changes only together with a way to carry the data over. */
const present: Format = { engine: 'pglite', engineVersion: '0.5', postgresVersion: 18 }

const stampFile = (directory: string): string => join(directory, 'format.json')

/** Stamps a new folder; lets one through that this program can read. Throws `refused` otherwise. */
export function checkFormat(directory: string, filesDirectory: string): void {
  if (!existsSync(stampFile(directory))) {
    if (existsSync(join(filesDirectory, 'PG_VERSION'))) {
      throw refused(directory, 'does not say which version wrote it')
    }
    const temporary = `${stampFile(directory)}.new`
    writeFileSync(temporary, `${JSON.stringify(present)}\n`, { mode: 0o600 })
    renameSync(temporary, stampFile(directory))
    return
  }
  const text = readFileSync(stampFile(directory), 'utf8').trim()
  if (text !== JSON.stringify(present)) throw refused(directory, `was written as ${text}`)
}

function refused(directory: string, what: string): PointsmanError {
  return new PointsmanError(
    'refused',
    `The database in ${directory} ${what}; this program reads ${JSON.stringify(present)}. Start the program's version that wrote it, make a backup there, and restore it with this one into a new folder. Nothing was changed.`,
  )
}
