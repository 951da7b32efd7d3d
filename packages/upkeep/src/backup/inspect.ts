import { createHash, createPublicKey, verify } from 'node:crypto'
import { canonicalJson } from '@pointsman/contract'
import type { BackupHead, BackupLine, BackupReport, TableEnd, TableStart } from './format.ts'
import { damaged, isHead, readLines } from './read-lines.ts'

export const isRow = (line: BackupLine): line is readonly (string | null)[] => Array.isArray(line)
export const isStart = (line: BackupLine): line is TableStart => 'table' in line
export const isEndOfTable = (line: BackupLine): line is TableEnd => 'end' in line

/**
 * Reads a backup from its first byte to its last and believes none of it: the checksum, the number of rows, each link of
 * the chain of switches, and the signature of its head. Throws `refused`.
 */
export async function inspectBackup(path: string): Promise<BackupReport> {
  const tables: { name: string; rows: number }[] = []
  const chain = createChainCheck(path)
  let head: BackupHead | null = null
  let open: { readonly start: TableStart; rows: number } | null = null
  let sha256 = ''
  for await (const line of readLines(path)) {
    if (isRow(line)) {
      if (open === null || line.length !== open.start.columns.length)
        throw damaged(path, 'a row has no table')
      chain.row(open.start, line)
      open.rows += 1
    } else if (isHead(line)) head = line
    else if (isStart(line)) open = { start: line, rows: 0 }
    else if (isEndOfTable(line)) {
      if (line.end !== open?.start.table || line.rows !== open.rows)
        throw damaged(path, `${line.end} has other rows than it says`)
      tables.push({ name: line.end, rows: line.rows })
      open = null
    } else {
      if (line.tables !== tables.length) throw damaged(path, 'a table is missing')
      sha256 = line.sha256
    }
  }
  if (head === null) throw damaged(path, 'it does not begin as one')
  chain.end(head)
  requireSigned(path, head)
  return { head, tables, rows: tables.reduce((sum, { rows }) => sum + rows, 0), sha256 }
}

const genesis = '0'.repeat(64)

interface Link {
  readonly previous: string
  readonly hash: string
}

/**
 * The chain's places stand before the switches and behind the erasures (tables are in the order of their names), so one pass
 * is enough.
 */
function createChainCheck(path: string) {
  const links = new Map<string, Link>()
  const erasures = new Map<string, string>()
  let count = 0
  let last = genesis
  let texts = 0
  const broken = (what: string) => damaged(path, `its chain of switches does not hold: ${what}`)
  const requireText = (id: string, link: Link | undefined, text: string | undefined): void => {
    const hash = createHash('sha256').update(`${link?.previous ?? ''}${text ?? ''}`)
    if (hash.digest('hex') !== link?.hash) throw broken(`the record ${id} was altered`)
    texts += 1
  }
  return {
    row({ columns, table }: TableStart, row: readonly (string | null)[]): void {
      const cell = (name: string): string => row[columns.indexOf(name)] ?? ''
      if (table === 'pointsman.switch_chain') {
        const [previous, hash] = [cell('previous_hash'), cell('hash')]
        if (cell('sequence') !== String(count + 1) || previous !== last)
          throw broken(`record ${count + 1} does not follow`)
        count += 1
        last = hash
        // Backups of before have no such column, and no such place.
        const erasure = cell('erasure_id')
        if (erasure === '') links.set(cell('switch_id'), { previous, hash })
        else requireText(erasure, { previous, hash }, erasures.get(erasure))
      } else if (table === 'pointsman.erasures') erasures.set(cell('id'), cell('canonical_text'))
      else if (table === 'pointsman.switches')
        requireText(cell('id'), links.get(cell('id')), cell('canonical_text'))
    },
    end({ chainHead }: BackupHead): void {
      if (texts !== count) throw broken('a record is missing')
      if (chainHead.sequence !== count || chainHead.hash !== last) throw broken('its end is missing')
    },
  }
}

/** DER of an Ed25519 public key is this and its 32 bytes (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** The statement names this head, and is signed by the key that the backup names; whose key it is, the restore asks. */
function requireSigned(path: string, { chainHead, signedHead }: BackupHead): void {
  const key = createPublicKey({
    key: Buffer.concat([spkiPrefix, Buffer.from(signedHead.publicKey, 'base64')]),
    format: 'der',
    type: 'spki',
  })
  const signed = verify(
    null,
    Buffer.from(signedHead.statement),
    key,
    Buffer.from(signedHead.signature, 'base64'),
  )
  // oxlint-disable-next-line no-restricted-properties -- our own statement, which the signature vouches for
  const { sequence, hash } = JSON.parse(signedHead.statement) as { sequence?: unknown; hash?: unknown }
  if (signed && canonicalJson({ sequence, hash }) === canonicalJson({ ...chainHead })) return
  throw damaged(path, 'the signature of its chain does not fit')
}
