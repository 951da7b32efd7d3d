import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { readCatalogue, seedCatalogue, type Signer } from '@pointsman/control'
import { defaultWorkspace } from '@pointsman/contract'
import {
  claimSetting,
  drillsUnderWay,
  erasePerson,
  findRoute,
  insertDrill,
  listDrills,
  migrate,
  verifyChain,
  type Database,
} from '@pointsman/registry'
import { openEmbedded } from '@pointsman/registry/embedded'
import { afterAll, beforeAll, expect, test } from 'vitest'
import models from '../../../catalogue/models.json' with { type: 'json' }
import routes from '../../../catalogue/routes.json' with { type: 'json' }
import { backUp, restore } from '@pointsman/upkeep'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const headSigner: Signer = {
  publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
  sign: (statement) => sign(null, statement, privateKey),
}
const parts = { headSigner, environment: 'dev', nowMs: Date.UTC(2026, 10, 26) }
const keys = { masterKeyCheck: 'the same', headPublicKey: headSigner.publicKey }
const digests = {
  sha256Hex: (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex'),
  hmacSha256: (key: Uint8Array, data: string | Uint8Array) => createHmac('sha256', key).update(data).digest(),
  hmacSha256Hex: (key: Uint8Array, data: string | Uint8Array) =>
    createHmac('sha256', key).update(data).digest('hex'),
}

let folder: string
let source: Database
let whole: string
const empty = (): Promise<Database> => openEmbedded({ dataDir: null, watchdogMs: 60_000 })
const switchAsService = (database: Database, text: string): Promise<unknown> =>
  database.transaction({ purpose: 'sql', role: 'service_role', claims: null }, (transaction) =>
    transaction.query(text),
  )

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pointsman-backup-'))
  source = await empty()
  await migrate(source)
  await claimSetting(source, 'master-key-check', 'the same')
  await seedCatalogue(source, () => readCatalogue(models, routes), {
    digests,
    nowMs: Date.now,
    region: 'eu-central-1',
  })
  for (const model of ['eu.amazon.nova-pro-v1:0', 'eu.amazon.nova-lite-v1:0'])
    await switchAsService(
      source,
      `UPDATE ai_assistants SET model_version = '${model}' WHERE assistant_type = 'clinical'`,
    )
  const actor = { kind: 'service', id: 'service' } as const
  await source.transaction({ purpose: 'plain' }, (transaction) =>
    erasePerson(transaction, { workspace: defaultWorkspace, person: 'Ada', actor }),
  )
  whole = join(folder, 'whole.jsonl.gz')
  await backUp({ ...parts, database: source }, whole)
})
afterAll(async () => {
  await source.close()
  await rm(folder, { recursive: true })
})

const linesOf = async (path: string): Promise<readonly string[]> =>
  gunzipSync(await readFile(path))
    .toString()
    .split('\n')
    .slice(0, -1)

/** A backup with other lines under a checksum that fits, as a forger would write it. */
async function forged(name: string, change: (line: string) => string): Promise<string> {
  const path = join(folder, name)
  const lines = (await linesOf(whole)).map(change).filter((line) => line !== '')
  const body = lines
    .slice(0, -1)
    .map((line) => `${line}\n`)
    .join('')
  const end = { ...(JSON.parse(lines.at(-1) ?? '') as object), sha256: digests.sha256Hex(body) }
  await writeFile(path, gzipSync(`${body}${JSON.stringify(end)}\n`))
  return path
}

test('a backup gives up before it takes the room that is left to others, and leaves no file', async () => {
  const path = join(folder, 'too-large.jsonl.gz')
  let looks = 0
  const freeBytes = (at: string): Promise<number> => {
    expect(at).toBe(folder)
    looks += 1
    return Promise.resolve(looks < 3 ? 2_000_000 : 999_999)
  }
  await expect(
    backUp({ ...parts, database: source, leaveBytes: 1_000_000, files: { freeBytes } }, path),
  ).rejects.toMatchObject({ code: 'storage_full' })
  expect(looks).toBe(3)
  expect((await readdir(folder)).filter((name) => name.startsWith('too-large'))).toEqual([])
})

test('T40: every row is there again, and one switch says so under a new epoch', async () => {
  const target = await empty()
  const { backup, loaded } = await restore(whole, { ...keys, open: () => Promise.resolve(target) })
  expect((await stat(whole)).mode & 0o777).toBe(0o600)
  expect(loaded.epoch).toBe(backup.head.epoch + 1)
  expect(await verifyChain(target, backup.head.chainHead)).toMatchObject({
    valid: true,
    count: backup.head.chainHead.sequence + 1,
  })
  const copy = join(folder, 'copy.jsonl.gz')
  await backUp({ ...parts, database: target }, copy)
  const [before, after] = [new Set(await linesOf(whole)), new Set(await linesOf(copy))]
  const lost = [...before].filter((line) => !after.has(line))
  // The head and the end of the file, the epoch, the chain's head, and how many rows have become one more.
  const others = lost.filter((line) => !line.startsWith('{"end":'))
  expect(others.map((line) => line.slice(0, 8)).sort()).toEqual([
    '["epoch"',
    '["true",',
    '{"done":',
    '{"points',
  ])
  // It is no copy without its rules: an edit is recorded in it as everywhere.
  await switchAsService(
    target,
    "UPDATE ai_assistants SET model_version = 'eu.amazon.nova-pro-v1:0' WHERE assistant_type = 'clinical'",
  )
  await expect(switchAsService(target, 'DELETE FROM pointsman.switches')).rejects.toThrow()
  expect(await verifyChain(target)).toMatchObject({ valid: true, count: backup.head.chainHead.sequence + 2 })
  await target.close()
})

test('T40: a file that is not whole, or was altered, is refused before anything is opened', async () => {
  const bytes = await readFile(whole)
  const broken = async (name: string, content: Uint8Array): Promise<string> => {
    await writeFile(join(folder, name), content)
    return join(folder, name)
  }
  const flipped = Uint8Array.from(bytes, (byte, index) => (index === bytes.length >> 1 ? byte ^ 1 : byte))
  const other = (line: string, from: string | RegExp, to: string): string => line.replace(from, to)
  const files: readonly (readonly [string, RegExp])[] = [
    [await broken('cut', bytes.subarray(0, bytes.length >> 1)), /no whole backup/],
    [await broken('flipped', flipped), /no whole backup/],
    [await broken('text', Buffer.from('not a backup')), /no whole backup/],
    [await broken('empty', new Uint8Array()), /no whole backup/],
    [join(folder, 'absent'), /is not there/],
    [await forged('one row less', (line) => (line.startsWith('["patient"') ? '' : line)), /no whole backup/],
    [
      await forged('a reason', (line) => other(line, 'nova-lite-v1:0\\"', 'nova-fine-v1:0\\"')),
      /chain of switches/,
    ],
    [
      await forged('an erasure', (line) => other(line, '\\"kind\\":\\"erasure\\"', '\\"kind\\":\\"other\\"')),
      /chain of switches/,
    ],
    [await forged('newer', (line) => other(line, '"format":1', '"format":2')), /format 2/],
    [await forged('head', (line) => other(line, /"signature":"..../, '"signature":"AAAA')), /signature/],
    [
      await forged('schema', (line) => other(line, '"migrations":["', '"migrations":["20990101000000","')),
      /newer version/,
    ],
  ]
  for (const [path, words] of files) {
    const opened = restore(path, { ...keys, open: () => Promise.reject(new Error('it was opened')) })
    await expect(opened, path).rejects.toThrow(words)
  }
})

test('T40: another master key is refused with what to do', async () => {
  const open = (): Promise<Database> => Promise.reject(new Error('it was opened'))
  await expect(restore(whole, { ...keys, masterKeyCheck: 'another', open })).rejects.toThrow(
    /POINTSMAN_MASTER_KEY/,
  )
})

test('T40: what fails on the way leaves the database as it was, and one with something in it is not touched', async () => {
  const target = await empty()
  const open = (): Promise<Database> => Promise.resolve(target)
  const unfit = await forged('unfit', (line) =>
    line
      .replace('"table":"pointsman.workspaces"', '"table":"pointsman.work"')
      .replace('"end":"pointsman.workspaces"', '"end":"pointsman.work"'),
  )
  await expect(restore(unfit, { ...keys, open })).rejects.toThrow(/holds pointsman\.work/)
  const { rows } = await target.query("SELECT to_regnamespace('pointsman')::text AS there")
  expect(rows).toEqual([{ there: null }])
  await migrate(target)
  await expect(restore(whole, { ...keys, open })).rejects.toThrow(/not empty/)
  await target.close()
})

test('T40: no file is replaced, and none is left half written', async () => {
  await expect(backUp({ ...parts, database: source }, whole)).rejects.toThrow(/there already/)
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('a drill that was under way is not begun again by a restore', async () => {
  const nowMs = Date.now()
  const actor = { kind: 'service', id: 'service' } as const
  await source.transaction({ purpose: 'registry', actor }, (transaction) =>
    insertDrill(transaction, {
      ...{ route: { kind: 'use-case', name: 'clinical' }, percent: 100, reason: 'a test' },
      fault: { kind: 'status', status: 503, retryAfterS: null },
      ...{ aim: { kind: 'target' }, stopAbovePercent: null, startedBy: actor },
      ...{ startedAtMs: nowMs, endsAtMs: nowMs + 3_600_000 },
    }),
  )
  const drilled = join(folder, 'drilled.jsonl.gz')
  await backUp({ ...parts, database: source }, drilled)
  const target = await empty()
  await restore(drilled, { ...keys, open: () => Promise.resolve(target) })
  expect(await drillsUnderWay(target)).toEqual([])
  const [drill] = (await listDrills(target, { route: null, limit: 1, cursor: null })).data
  expect(drill?.end).toMatchObject({ cause: 'stopped', reason: 'The registry was restored from a backup.' })
  expect((await findRoute(target, { kind: 'use-case', name: 'clinical' }))?.route.drill).toBeUndefined()
  await target.close()
})
