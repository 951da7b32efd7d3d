import { PointsmanError } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { readSettings } from '../settings.ts'
import { awaitRegistry } from './ground.ts'

const settings = readSettings({ DATABASE_URL: 'postgresql://127.0.0.1/x' }, { dataDir: '/nowhere/pointsman' })

test('a first start says that its database cannot be used, but not of one in which a migration waits for a lock', async () => {
  const toldOf = async (error: PointsmanError) =>
    (await awaitRegistry({ firstTry: Promise.resolve(error) }, settings))?.message
  const away = new PointsmanError('registry_unavailable', 'No connection.')
  expect(await toldOf(away)).toContain('correct DATABASE_URL')
  const locked = new PointsmanError('registry_unavailable', 'It waited.', { data: { migration: '1_first' } })
  expect(await toldOf(locked)).toBe('It waited.')
})
