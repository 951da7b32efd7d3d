import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { presentKeys } from '../commands/upkeep/open-stores.ts'
import { readSettings } from '../settings.ts'
import { masterKeyOf, serviceKeyOf } from './host-keys.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pointsman-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const settings = () => readSettings({ POINTSMAN_DATA_DIR: folder }, {})
const keep = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 })

test('of starts at once all have the one key that is kept, which is the owner’s alone; nothing else is left', async () => {
  const keys = await Promise.all(Array.from({ length: 5 }, () => masterKeyOf(settings())))
  expect(new Set(keys).size).toBe(1)
  expect(await readFile(join(folder, 'master.key'), 'utf8')).toBe(`${keys[0] ?? ''}\n`)
  expect((await stat(join(folder, 'master.key'))).mode & 0o777).toBe(0o600)
  const service = await serviceKeyOf(settings())
  expect(await serviceKeyOf(settings())).toEqual(service)
  expect((await readdir(folder)).toSorted()).toEqual(['master.key', 'service.key'])
})

test.each(['', '\n', 'k'.repeat(31)])(
  'a key of which a full disk kept %j is refused with the step that mends it',
  async (text) => {
    await keep('master.key', text)
    const refused = /emptied or cut off.*Put the whole file back/
    await expect(masterKeyOf(settings())).rejects.toThrow(refused)
    await expect(presentKeys(settings())).rejects.toThrow(refused)
    expect(await readFile(join(folder, 'master.key'), 'utf8')).toBe(text)
    await keep('service.key', text)
    await expect(serviceKeyOf(settings())).rejects.toThrow('Remove the file')
  },
)
