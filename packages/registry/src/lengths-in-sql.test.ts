import { PointsmanError } from '@pointsman/contract'
import { beforeAll, expect, test } from 'vitest'
import { runOperatorSql } from './operator-sql/run-operator-sql.ts'
import { onBothDatabases } from './testing/databases.ts'
import { edit, fillRegistry, novaLite, novaPro } from './testing/sample-registry.ts'

const ofModel = (column: string, value: string): string =>
  `UPDATE bedrock_models SET ${column} = ${value} WHERE model_id = '${novaPro}'`
const ofHealth = (column: string, value: string): string =>
  `UPDATE pointsman.routes SET ${column} = ${value} WHERE name = 'health'`
const characters = (count: number): string => `repeat('x', ${count})`
const long = characters(70_000)
const list = `ARRAY[${long}]`
const text = (columns: string, values: string): string => `${columns}) VALUES (${values})`
const price = (id: string, source: string): string =>
  `INSERT INTO pointsman.prices (id, model_id, region, effective_from, input_pico_usd, source, source_date)
   VALUES (${id}, '${novaPro}', '*', '2026-02-03', 1, ${source}, '2026-02-03')`

const refused: readonly (readonly [column: string, statement: string])[] = [
  ...['model_name', 'provider', 'use_case', 'format', 'served_by', 'upstream_id', 'base_model_id'].map(
    (column) => [column, ofModel(column, long)] as const,
  ),
  ...['family', 'tier', 'replacement_model_id'].map((column) => [column, ofModel(column, long)] as const),
  ['abilities', ofModel('abilities', `jsonb_build_object(${long}, true)`)],
  ['source_regions', ofModel('source_regions', list)],
  ['destination_regions', ofModel('destination_regions', list)],
  ['destinations_from', ofModel('destinations_from', `jsonb_build_object(${long}, '[]'::jsonb)`)],
  ['name', `INSERT INTO pointsman.routes (kind, name) VALUES ('agent', ${long})`],
  ['target_model_id', `UPDATE ai_assistants SET model_version = ${long} WHERE assistant_type = 'health'`],
  ['fallbacks', ofHealth('fallbacks', list)],
  ['residency', ofHealth('residency', list)],
  ['model_id', `UPDATE pointsman.route_candidates SET model_id = ${long} WHERE model_id = '${novaLite}'`],
  ['use_case', `INSERT INTO pointsman.roles (${text('name, use_case', `'nurse', ${long}`)}`],
  ['name', `INSERT INTO pointsman.roles (${text('name, use_case', `${long}, 'health'`)}`],
  ['target', `INSERT INTO pointsman.aliases (${text('name, target', `'a', ${long}`)}`],
  ['name', `INSERT INTO pointsman.aliases (${text('name, target', `${long}, 'default'`)}`],
  [
    'to_tier',
    `INSERT INTO pointsman.fallback_rules (${text('family, to_family, to_tier', `'a', 'b', ${long}`)}`,
  ],
  ['id', price(long, `'typed'`)],
  ['source', price(`'p'`, long)],
  ['id', `INSERT INTO ai_conversations (id) VALUES (${long})`],
  ['user_id', `INSERT INTO ai_conversations (${text('id, user_id', `'c', ${long}`)}`],
  ['use_case', `INSERT INTO ai_conversations (${text('id, use_case', `'c', ${long}`)}`],
  ['model_id', `INSERT INTO ai_conversations (${text('id, model_id', `'c', ${long}`)}`],
]

onBothDatabases('a text that SQL writes', (registry) => {
  beforeAll(() => fillRegistry(registry.database()))

  test.each(refused)(
    'is refused in %s where the API would take none so long: %s',
    async (column, statement) => {
      const thrown = await edit(registry.database(), statement).catch((error: unknown) => error)
      expect(thrown).toMatchObject({ code: 'refused' })
      // The text itself is in no message.
      expect((thrown as Error).message).toMatch(
        new RegExp(`^${column} of .{1,160} has 70\\d{3} characters\\. The most are \\d+\\.$`),
      )
    },
  )

  test.each(['provider', 'format', 'served_by', 'upstream_id', 'family', 'tier'])(
    'is refused in %s of a model where it is empty',
    async (column) => {
      await expect(edit(registry.database(), ofModel(column, `''`))).rejects.toThrow(
        new RegExp(`${column} of model ${novaPro} in bedrock_models is empty`),
      )
    },
  )

  test.each<readonly [place: string, statement: string]>([
    ...(['provider', 'family', 'tier', 'format'] as const).map(
      (column) => [`${column} of model`, ofModel(column, characters(101))] as const,
    ),
    ['model_name of model', ofModel('model_name', characters(201))],
    ['region of price', price(`'p'`, `'typed'`).replace(`'*'`, characters(101))],
    [
      'to_family of the rule',
      `INSERT INTO pointsman.fallback_rules (${text('family, to_family, to_tier', `'a', ${characters(101)}, 'b'`)}`,
    ],
  ])('is refused in %s beyond the number of the API', async (place, statement) => {
    await expect(edit(registry.database(), statement)).rejects.toThrow(
      new RegExp(`^${place} .* has \\d01 characters`),
    )
  })

  test('may be as long as the API takes it', async () => {
    for (const statement of [
      // Quotation marks, because a list's own text has more characters than its entries.
      `INSERT INTO bedrock_models (${text(
        'model_id, model_name, provider, format, source_regions, destinations_from',
        `repeat('"', 512), 'x', 'x', 'x', array_fill(repeat('"', 100), ARRAY[200]),
         jsonb_build_object('a', to_jsonb(array_fill('b'::text, ARRAY[12400])))`,
      )}`,
      ofHealth('fallbacks', `array_fill(repeat('"', 512), ARRAY[100])`),
      ofModel('model_name', characters(200)),
      ofModel('upstream_id', characters(2_048)),
      ...['provider', 'family', 'tier', 'format'].map((column) => ofModel(column, characters(100))),
      `INSERT INTO pointsman.routes (kind, name) VALUES ('agent', ${characters(200)})`,
      `INSERT INTO ai_conversations (${text('id, user_id', `${characters(256)}, ${characters(256)}`)}`,
    ]) {
      await edit(registry.database(), statement)
    }
  })

  test('is refused as a reason, of which the record of the switch would be made', async () => {
    const ordered = runOperatorSql(registry.database(), {
      text: `SELECT set_config('pointsman.reason', ${characters(2_001)}, true); UPDATE ai_assistants SET model_version = '${novaPro}' WHERE assistant_type = 'health'`,
      ...{ sentBy: 'an operator', readOnly: false, reason: null, rowLimit: 1, timeoutMs: 30_000 },
    })
    await expect(ordered).rejects.toThrow(PointsmanError)
    await expect(ordered).rejects.toThrow('pointsman.reason of this transaction has 2001 characters')
  })
})

onBothDatabases('a cost that SQL writes', (registry) => {
  beforeAll(() => fillRegistry(registry.database()))

  test.each(['input_cost_per_mtok', 'output_cost_per_mtok'])(
    'is refused in %s where it would be kept as nothing',
    async (column) => {
      await expect(edit(registry.database(), ofModel(column, '0.0000004'))).rejects.toThrow(
        /costs of model .* cannot be .* less than half a pico-dollar a token would be kept as 0/,
      )
    },
  )

  test('may be nothing, and the least that there is', async () => {
    const database = registry.database()
    await edit(database, ofModel('input_cost_per_mtok', '0'))
    await edit(database, ofModel('output_cost_per_mtok', '0.000001'))
    const { rows } = await database.query(
      `SELECT input_cost_per_mtok AS input, output_cost_per_mtok AS output FROM bedrock_models WHERE model_id = '${novaPro}'`,
    )
    expect(rows).toEqual([{ input: 0, output: 0.000001 }])
  })
})
