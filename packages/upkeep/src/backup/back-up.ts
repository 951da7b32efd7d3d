import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { signHead, type Signer } from '@pointsman/control'
import { PointsmanError } from '@pointsman/contract'
import { nodeFiles, type FileLayer } from '@pointsman/journal'
import { readBackup, readMigrations, type Database, type OpenedBackup } from '@pointsman/registry'
import { formatVersion, type BackupHead, type BackupLine, type BackupReport } from './format.ts'
import { appearsWhole } from './whole-file.ts'

export interface BackUpParts {
  readonly database: Database
  readonly headSigner: Signer
  readonly environment: string
  readonly nowMs: number
  /** Refused (`storage_full`) where less than this is free while it is written. Default 0: none is left to others. */
  readonly leaveBytes?: number
  /** Says how much is free in a folder. Default: the file system. */
  readonly files?: Pick<FileLayer, 'freeBytes'>
  /** Told after each table. */
  readonly onTable?: (table: string, rows: number) => void
}

/** Writes a backup to a new file of mode 0600, which appears whole or not at all. The database is only read. */
export async function backUp(parts: BackUpParts, path: string): Promise<BackupReport> {
  const migrations = await readMigrations()
  const known = migrations.map(({ version }) => version)
  return appearsWhole(path, (temporary) =>
    readBackup(parts.database, known, (opened) => writeTo(temporary, opened, parts)),
  )
}

const mebibyte = 1_048_576

async function writeTo(path: string, opened: OpenedBackup, parts: BackUpParts): Promise<BackupReport> {
  const lines = createLines(path)
  try {
    const head = headOf(opened, parts)
    await lines.write(head)
    const tables: { name: string; rows: number }[] = []
    for (const table of opened.tables) {
      let rows = 0
      await lines.write({ table: table.name, columns: table.columns.map(({ name }) => name) })
      for await (const page of opened.rows(table)) {
        await requireSpace(dirname(path), parts)
        for (const row of page) await lines.write(row)
        rows += page.length
      }
      await lines.write({ end: table.name, rows })
      tables.push({ name: table.name, rows })
      parts.onTable?.(table.name, rows)
    }
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    const sha256 = await lines.end((digest) => ({ done: true, tables: tables.length, rows, sha256: digest }))
    return { head, tables, rows, sha256 }
  } catch (error) {
    lines.abandon()
    throw error
  }
}

async function requireSpace(
  folder: string,
  { leaveBytes = 0, files = nodeFiles }: BackUpParts,
): Promise<void> {
  if (leaveBytes === 0) return
  const free = await files.freeBytes(folder)
  if (free >= leaveBytes) return
  throw new PointsmanError(
    'storage_full',
    `Only ${Math.floor(free / mebibyte)} MB are free in ${folder}, and a backup leaves ${Math.floor(leaveBytes / mebibyte)} MB there to what serves requests: it was given up and its file removed. Make room and try again.`,
  )
}

function headOf({ facts }: OpenedBackup, parts: BackUpParts): BackupHead {
  if (facts.migrations.length === 0 || facts.masterKeyCheck === null) {
    throw new PointsmanError(
      'refused',
      'There is nothing to back up: no server was ever started on this database.',
    )
  }
  const { statement, signature, publicKey } = signHead({ ...parts, head: facts.chainHead })
  return {
    pointsman: 'backup',
    format: formatVersion,
    madeAt: new Date(parts.nowMs).toISOString(),
    environment: parts.environment,
    ...facts,
    signedHead: { statement, signature, publicKey },
  }
}

interface Lines {
  write(line: BackupLine): Promise<void>
  /** The last line, made of the digest of all before it. Answers that digest. */
  end(last: (digest: string) => BackupLine): Promise<string>
  abandon(): void
}

function createLines(path: string): Lines {
  const gzip = createGzip({ level: 6 })
  const hash = createHash('sha256')
  // Settles to what went wrong, so that it is nobody's to catch between two writes.
  const outcome = pipeline(gzip, createWriteStream(path, { mode: 0o600, flags: 'wx', flush: true })).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
  const written = async (): Promise<void> => {
    const failure = await outcome
    if (failure !== null) throw failure
  }
  const put = async (text: string): Promise<void> => {
    if (gzip.destroyed) await written()
    if (!gzip.write(text)) await Promise.race([once(gzip, 'drain'), written()])
  }
  return {
    write: async (line) => {
      const text = `${JSON.stringify(line)}\n`
      hash.update(text)
      await put(text)
    },
    end: async (last) => {
      const digest = hash.digest('hex')
      gzip.end(`${JSON.stringify(last(digest))}\n`)
      await written()
      return digest
    },
    abandon: () => {
      gzip.destroy()
    },
  }
}
