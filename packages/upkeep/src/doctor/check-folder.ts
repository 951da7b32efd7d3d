import { access, constants, readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { listJournals, type JournalListing } from '@pointsman/journal'
import type { JournalId, JournalPosition } from '@pointsman/contract'
import { ok, problem, warning, type Finding } from './finding.ts'

/** Below it new requests are refused; twice of it is told of before. */
const reserveBytes = 256 * 1_048_576
const megabytes = (bytes: number): string => `${Math.floor(bytes / 1_048_576).toLocaleString('en')} MB`

export async function checkFolder(dataDir: string): Promise<readonly Finding[]> {
  const check = 'data folder'
  const stats = await stat(dataDir).catch(() => null)
  if (stats === null)
    return [
      warning(check, `${dataDir} is not there`, 'The first start makes it; or name another with --data-dir.'),
    ]
  if (!stats.isDirectory())
    return [problem(check, `${dataDir} is no folder`, 'Name another with --data-dir.')]
  const usable = await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!usable)
    return [
      problem(
        check,
        `${dataDir} cannot be written by this user`,
        'Give it to the user that runs the server.',
      ),
    ]
  const open = (stats.mode & 0o077) !== 0
  return [
    open
      ? warning(check, `${dataDir} can be read by other users`, `chmod 700 ${dataDir}`)
      : ok(check, dataDir),
    await checkDisk(dataDir),
    ...(await checkKeyFiles(dataDir)),
  ]
}

async function checkDisk(dataDir: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(dataDir)
  const free = bavail * bsize
  const found = `${megabytes(free)} free`
  if (free < reserveBytes)
    return problem(
      'disk',
      found,
      `Make room: below ${megabytes(reserveBytes)} new requests and changes are refused.`,
    )
  if (free < 2 * reserveBytes)
    return warning('disk', found, `Make room: requests are refused below ${megabytes(reserveBytes)}.`)
  return ok('disk', found)
}

async function checkKeyFiles(dataDir: string): Promise<readonly Finding[]> {
  const present = (await readdir(dataDir)).filter((name) => name.endsWith('.key'))
  const open: string[] = []
  for (const name of present) if (((await stat(join(dataDir, name))).mode & 0o077) !== 0) open.push(name)
  if (open.length === 0) return []
  const list = open.join(', ')
  return [
    problem(
      'key files',
      `${list} can be read by other users`,
      `chmod 600 ${open.map((name) => join(dataDir, name)).join(' ')}`,
    ),
  ]
}

/** `read`: how far the database has them; null = it could not be asked. */
export async function checkJournal(
  dir: string,
  read: readonly JournalPosition[] | null,
): Promise<readonly Finding[]> {
  const unlisted: Finding[] = []
  const onUnlisted = (journal: JournalId, error: unknown): void => {
    const why = error instanceof Error ? error.message : String(error)
    unlisted.push(
      warning(
        'journal',
        `${join(dir, journal)} cannot be listed: ${why}`,
        'Give it to the user that runs the server, or put the folder back: until then its records are not taken in.',
      ),
    )
  }
  const journals = await listJournals(dir, { onUnlisted })
  if (journals.length > 0) return [await weigh(dir, journals, read), ...unlisted]
  return unlisted.length > 0 ? unlisted : [ok('journal', 'none yet')]
}

async function weigh(
  dir: string,
  journals: readonly JournalListing[],
  read: readonly JournalPosition[] | null,
): Promise<Finding> {
  let [bytes, waiting] = [0, 0]
  for (const { journal, segments } of journals) {
    const position = read?.find((one) => one.journal === journal)
    for (const segment of segments) {
      const { size } = await stat(join(dir, journal, `${String(segment).padStart(6, '0')}.log`))
      bytes += size
      if (position === undefined || segment > position.segment) waiting += size
      else if (segment === position.segment) waiting += Math.max(0, size - position.offset)
    }
  }
  const open = journals.filter(({ sealed }) => !sealed).length
  const found = `${megabytes(bytes)} in ${journals.length} journals, ${open} open`
  if (read === null) return ok('journal', found)
  const bound = 64 * 1_048_576
  return waiting > bound
    ? warning(
        'journal',
        `${found}; ${megabytes(waiting)} not in the database yet`,
        'Start a server: it takes them in. If one runs, see its log for ingest_failed.',
      )
    : ok('journal', `${found}; ${waiting.toLocaleString('en')} bytes not in the database yet`)
}
