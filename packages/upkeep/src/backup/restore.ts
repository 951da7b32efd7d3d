import { PointsmanError } from '@pointsman/contract'
import {
  loadBackup,
  readMigrations,
  requireEmpty,
  type BackupRow,
  type Database,
  type GivenTable,
  type LoadedBackup,
} from '@pointsman/registry'
import type { BackupLine, BackupReport } from './format.ts'
import { inspectBackup, isEndOfTable, isRow, isStart } from './inspect.ts'
import { damaged, readLines } from './read-lines.ts'

export interface RestoreParts {
  /** What the database keeps to know the master key again. */
  readonly masterKeyCheck: string
  /** Public half of the key that signs the chain's head under that master key. */
  readonly headPublicKey: string
  /** Opens the database that is to be filled; called after the file was found whole. The caller closes it. */
  readonly open: () => Promise<Database>
  readonly onTable?: (table: string, rows: number) => void
}

export interface RestoreReport {
  readonly backup: BackupReport
  readonly loaded: LoadedBackup
}

/** Fills an empty database, or leaves it as it was. */
export async function restore(path: string, parts: RestoreParts): Promise<RestoreReport> {
  const backup = await inspectBackup(path)
  await requireKnown(path, backup)
  requireMasterKey(backup, parts)
  const database = await parts.open()
  await requireEmpty(database)
  const { head } = backup
  const loaded = await loadBackup(database, {
    migrations: head.migrations,
    usageMonths: head.usageMonths,
    chainHead: head.chainHead,
    tables: () => tablesOf(path, parts.onTable),
    reason: `Restored from the backup of ${head.madeAt}`,
    evidence: {
      backup: { sha256: backup.sha256, madeAt: head.madeAt, format: head.format },
      before: { epoch: head.epoch, revision: head.revision?.number ?? null, chainHead: head.chainHead.hash },
    },
  })
  return { backup, loaded }
}

async function requireKnown(path: string, { head }: BackupReport): Promise<void> {
  const known = new Set((await readMigrations()).map(({ version }) => version))
  const unknown = head.migrations.filter((version) => !known.has(version))
  const newest = [...known].sort().at(-1) ?? ''
  if (unknown.length === 0 && head.schemaVersion <= newest) return
  throw new PointsmanError(
    'refused',
    `${path} was made by a newer version of Pointsman (schema ${head.schemaVersion}; this one knows up to ${newest}). Restore it with that version. Nothing was changed.`,
  )
}

function requireMasterKey({ head }: BackupReport, { headPublicKey, masterKeyCheck }: RestoreParts): void {
  if (head.masterKeyCheck === masterKeyCheck && head.signedHead.publicKey === headPublicKey) return
  throw new PointsmanError(
    'refused',
    'The backup was made under another master key, so none of its keys could be recognised and no secret read. Set POINTSMAN_MASTER_KEY to that one, or copy master.key of the data folder where the backup was made into this one. Nothing was changed.',
  )
}

/** The second pass. What was inspected may have been exchanged since: the checksum is compared again at the end. */
async function* tablesOf(
  path: string,
  onTable: RestoreParts['onTable'],
): AsyncGenerator<GivenTable, void, undefined> {
  const lines = readLines(path)
  for (;;) {
    const next = await lines.next()
    if (next.done === true) return
    if (isRow(next.value)) throw damaged(path, 'a row has no table')
    if (!isStart(next.value)) continue
    const { columns, table } = next.value
    yield { name: table, columns, pages: pagesOf(path, lines, onTable) }
  }
}

const pageBytes = 1_048_576
const pageRows = 500

async function* pagesOf(
  path: string,
  lines: AsyncGenerator<BackupLine>,
  onTable: RestoreParts['onTable'],
): AsyncGenerator<readonly BackupRow[]> {
  let page: BackupRow[] = []
  let bytes = 0
  for (;;) {
    const next = await lines.next()
    if (next.done === true) throw damaged(path, 'a table has no end')
    const { value } = next
    if (isRow(value)) {
      page.push(value)
      bytes += value.reduce((sum, cell) => sum + (cell?.length ?? 0), 0)
      if (page.length < pageRows && bytes < pageBytes) continue
      yield page
      page = []
      bytes = 0
      continue
    }
    if (!isEndOfTable(value)) throw damaged(path, 'a table has no end')
    if (page.length > 0) yield page
    onTable?.(value.end, value.rows)
    return
  }
}
