import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrate } from './migrate.ts'
import { fillAsBefore } from './testing/database-of-before.ts'
import { openForTest, type OpenedForTest } from './testing/databases.ts'
import { edit, novaLite, novaMicro, novaPro } from './testing/sample-registry.ts'

const ofPro = (change: string): string => `UPDATE bedrock_models SET ${change} WHERE model_id = '${novaPro}'`

describe('a row of before, whose texts are too long or empty', () => {
  let opened: OpenedForTest
  beforeAll(async () => {
    opened = await openForTest('embedded')
    await fillAsBefore(opened.database)
    await migrate(opened.database)
  })
  afterAll(() => opened.close())

  test('is held to the lengths in what an edit changes', async () => {
    await expect(edit(opened.database, ofPro(`tier = ''`))).rejects.toThrow('tier of model')
    await expect(edit(opened.database, ofPro(`format = repeat('y', 600)`))).rejects.toThrow('format of model')
    await expect(edit(opened.database, ofPro('output_cost_per_mtok = 0.0000004'))).rejects.toThrow(
      'less than half a pico-dollar',
    )
  })

  test('can be switched away from, disabled and be given a target, for nobody touches its texts', async () => {
    await edit(
      opened.database,
      `UPDATE pointsman.routes SET target_model_id = '${novaLite}' WHERE name = 'health'`,
    )
    await edit(opened.database, `UPDATE bedrock_models SET is_default = true WHERE model_id = '${novaLite}'`)
    await edit(opened.database, ofPro('is_available = false'))
    const { rows } = await opened.database.query(
      `SELECT provider, is_available, is_default FROM bedrock_models WHERE model_id = '${novaPro}'`,
    )
    expect(rows).toEqual([{ provider: '', is_available: false, is_default: false }])
  })

  test('leaves its name to a model whose other lists go', async () => {
    const others = `DELETE FROM pointsman.route_candidates WHERE model_id = '${novaMicro}' AND length(name) < 250`
    await edit(opened.database, others)
    const { rows } = await opened.database.query(
      `SELECT length(use_case) AS length FROM bedrock_models WHERE model_id = '${novaMicro}'`,
    )
    expect(rows).toEqual([{ length: 250 }])
  })

  test('can be mended', async () => {
    await edit(opened.database, ofPro(`provider = 'amazon'`))
    await edit(opened.database, ofPro(`format = 'nova'`))
  })
})
