import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { migrate } from './migrate.ts'
import { onBothDatabases, openForTest } from './testing/databases.ts'
import { edit, fillRegistry, novaLite, novaMicro, novaPro } from './testing/sample-registry.ts'

const rates =
  '"inputPicoUsd":1,"outputPicoUsd":2,"cacheReadPicoUsd":null,"cacheWrite5mPicoUsd":null,"cacheWrite1hPicoUsd":null'
const priced = (id: string, changes: Readonly<Record<string, string>> = {}): string => {
  const values = {
    id: `'p'`,
    model_id: `'${id}'`,
    region: `'*'`,
    effective_from: `'2026-02-03'`,
    input_pico_usd: '1',
    source: `'typed'`,
    source_date: `'2026-02-03'`,
    ...changes,
  }
  return `INSERT INTO pointsman.prices (${Object.keys(values).join(', ')}) VALUES (${Object.values(values).join(', ')})`
}
const ofModel = (column: string, value: string): string =>
  `UPDATE bedrock_models SET ${column} = ${value} WHERE model_id = '${novaPro}'`
const ofHealth = (column: string, value: string): string =>
  `UPDATE pointsman.routes SET ${column} = ${value} WHERE name = 'health'`

/** What would not compile, or could not even be read: one transaction each, with the table, the row and the way out. */
const refused: readonly (readonly [what: string, statements: string, message: RegExp])[] = [
  [
    'an alias to nothing',
    `INSERT INTO pointsman.aliases (name, target) VALUES ('a', 'nowhere')`,
    /alias "a" in pointsman\.aliases leads to "nowhere".*UPDATE pointsman\.aliases .* 'a'/,
  ],
  [
    'an alias in a circle',
    `INSERT INTO pointsman.aliases (name, target) VALUES ('a', 'b'), ('b', 'c'), ('c', 'b')`,
    /leads in a circle: a → b → c → b/,
  ],
  [
    'an alias to itself',
    `INSERT INTO pointsman.aliases (name, target) VALUES ('${novaPro}', '${novaPro}')`,
    /leads in a circle/,
  ],
  [
    'an alias whose target is renamed away',
    `INSERT INTO pointsman.aliases (name, target) VALUES ('a', 'b'), ('b', 'role/patient');
     UPDATE pointsman.aliases SET name = 'd' WHERE name = 'b'`,
    /alias "a" .* leads to "b"/,
  ],
  [
    'an alias to a role that goes',
    `INSERT INTO pointsman.aliases (name, target) VALUES ('a', 'role/patient');
     DELETE FROM pointsman.roles WHERE name = 'patient'`,
    /alias "a" .* leads to "role\/patient"/,
  ],
  [
    'a role of no use case',
    `UPDATE pointsman.roles SET use_case = 'surgery' WHERE name = 'patient'`,
    /role "patient" in pointsman\.roles maps to "surgery".*clinical, health, operations, platform.*UPDATE pointsman\.roles/,
  ],
  [
    'a use case that a role maps to',
    `DELETE FROM pointsman.routes WHERE name = 'health'`,
    /role "patient" .* maps to "health", which is no use case/,
  ],
  [
    'a candidate of nobody',
    `INSERT INTO pointsman.route_candidates (kind, name, model_id, rank) VALUES ('use-case', 'health', 'ghost', 9)`,
    /candidate "ghost" of use-case\/health in pointsman\.route_candidates.*DELETE FROM pointsman\.route_candidates/,
  ],
  [
    'a fallback of nobody',
    ofHealth('fallbacks', `ARRAY['${novaPro}', 'ghost']`),
    /fallback "ghost" of use-case\/health in pointsman\.routes.*array_remove/,
  ],
  ['fallbacks that are no list', ofHealth('fallbacks', `ARRAY[ARRAY['${novaPro}']]`), /plain list/],
  ['a rule without a region', ofHealth('residency', `'{}'`), /residency rule of use-case\/health .* NULL/],
  [
    'a region that is none',
    ofHealth('residency', 'ARRAY[NULL]::text[]'),
    /residency of use-case\/health.* no plain list/,
  ],
  [
    'a strategy over models that are off',
    `UPDATE bedrock_models SET is_available = false WHERE model_id = '${novaMicro}';
     DELETE FROM pointsman.route_candidates WHERE name = 'health' AND model_id <> '${novaMicro}';
     ${ofHealth('strategy', `'weighted'`)}; ${ofHealth('target_model_id', 'NULL')}`,
    /no enabled model would be left among the target, the candidates and the fallbacks of use-case\/health/,
  ],
  [
    'an agent called default',
    `INSERT INTO pointsman.routes (kind, name) VALUES ('agent', 'default')`,
    /kind agent in pointsman\.routes cannot be called "default"/,
  ],
  ['no route at all', 'DELETE FROM pointsman.roles; DELETE FROM pointsman.routes', /no default route/],
  ['a price of nobody', priced('ghost'), /a price in pointsman\.prices is of "ghost"/],
  [
    'a price that cannot be counted',
    priced(novaPro, { output_pico_usd: '9007199254740992' }),
    /outputPicoUsd of price p .* is 9007199254740992.*1000000/,
  ],
  ['a price from for ever', priced(novaPro, { effective_from: `'infinity'` }), /effective_from of price p/],
  ['a tier that is none', priced(novaPro, { tiers: `'[1]'` }), /a tier of price p/],
  [
    'two tiers from one number of tokens',
    priced(novaPro, { tiers: `'[{"inputTokensAbove":9,${rates}},{"inputTokensAbove":9.0,${rates}}]'` }),
    /a tier of price p/,
  ],
  [
    'a tier without a rate',
    priced(novaPro, { tiers: `'[{"inputTokensAbove":9,"inputPicoUsd":1}]'` }),
    /outputPicoUsd of the tier above 9 of price p .* is absent/,
  ],
  ['a service tier that is none', priced(novaPro, { service_tiers: `'[1]'` }), /a service tier of price p/],
  [
    'a service tier that is the standard one',
    priced(novaPro, { service_tiers: `'[{"serviceTier":"default","tiers":[],${rates}}]'` }),
    /a service tier of price p/,
  ],
  [
    'a service tier twice',
    priced(novaPro, {
      service_tiers: `'[${`{"serviceTier":"flex","tiers":[],${rates}},`.repeat(2).slice(0, -1)}]'`,
    }),
    /a service tier of price p/,
  ],
  [
    'a service tier without a list of tiers',
    priced(novaPro, { service_tiers: `'[{"serviceTier":"flex",${rates}}]'` }),
    /a service tier of price p/,
  ],
  [
    'a service tier without a rate',
    priced(novaPro, { service_tiers: `'[{"serviceTier":"flex","tiers":[],"inputPicoUsd":1}]'` }),
    /outputPicoUsd of the service tier flex of price p .* is absent/,
  ],
  [
    'a tier of a service tier that is none',
    priced(novaPro, {
      service_tiers: `'[{"serviceTier":"flex","tiers":[{"inputTokensAbove":0}],${rates}}]'`,
    }),
    /a tier of the service tier flex of price p/,
  ],
  [
    'a cost that cannot be counted',
    ofModel('input_cost_per_mtok', '1e12'),
    /costs of model eu\.amazon\.nova-pro/,
  ],
  [
    'a generation that is no number',
    ofModel('generation', `'NaN'`),
    /generation of model eu\.amazon\.nova-pro/,
  ],
  ['an end that never comes', ofModel('ends_on', `'infinity'`), /ends_on of model .* is infinity.*NULL/],
  [
    'regions that are no list',
    ofModel('destination_regions', `ARRAY[NULL]::text[]`),
    /destination_regions of model/,
  ],
  ['an ability between yes and no', ofModel('abilities', `'{"tools":"often"}'`), /ability "tools" of model/],
  [
    'a model with prices that goes',
    `UPDATE pointsman.routes SET target_model_id = '${novaPro}' WHERE name = 'health';
     DELETE FROM pointsman.route_candidates WHERE model_id = '${novaLite}';
     DELETE FROM bedrock_models WHERE model_id = '${novaLite}'`,
    /cannot be removed from bedrock_models: .* prices/,
  ],
]

onBothDatabases('what would not compile', (registry) => {
  test.each(refused)('%s is refused', async (_, statements, message) => {
    const database = registry.database()
    await expect(
      database.transaction({ purpose: 'sql', role: 'service_role', claims: null }, (transaction) =>
        transaction.script(statements),
      ),
    ).rejects.toThrow(message)
  })

  test('owners are held to it, too, where they pass the triggers by', async () => {
    const database = registry.database()
    await expect(
      database.transaction({ purpose: 'plain' }, (transaction) =>
        transaction.script(`SET LOCAL session_replication_role = replica; ${ofHealth('residency', `'{}'`)}`),
      ),
    ).rejects.toThrow(/residency rule/)
    await expect(
      database.query(`UPDATE pointsman.settings SET value = '"x"' WHERE key = 'epoch'`),
    ).rejects.toThrow(/setting epoch .* whole number/)
    await expect(
      database.query(`UPDATE pointsman.settings SET value = '7' WHERE key = 'region'`),
    ).rejects.toThrow(/setting region .* JSON string/)
  })

  test('what is whole at the end of its transaction passes', async () => {
    const database = registry.database()
    await database.transaction({ purpose: 'sql', role: 'service_role', claims: null }, (transaction) =>
      transaction.script(
        `INSERT INTO pointsman.aliases (name, target) VALUES ('a', 'b'), ('b', 'triage'), ('c', 'a'), ('d', 'role/nurse');
         INSERT INTO pointsman.roles (name, use_case) VALUES ('nurse', 'wards');
         INSERT INTO pointsman.routes (kind, name) VALUES ('agent', 'triage'), ('use-case', 'wards');
         ${priced('later', { tiers: `'[{"inputTokensAbove":9,${rates}}]'` })};
         INSERT INTO bedrock_models (model_id, model_name, provider, format) VALUES ('later', 'Later', 'amazon', 'nova');
         DELETE FROM pointsman.aliases WHERE name IN ('a', 'c')`,
      ),
    )
    const { rows } = await edit(database, `SELECT name FROM pointsman.aliases ORDER BY name`)
    expect(rows).toEqual([{ name: 'b' }, { name: 'd' }])
  })

  test('an edit under SET CONSTRAINTS … IMMEDIATE is refused, for the triggers would never end', async () => {
    const run = (text: string) =>
      registry
        .database()
        .transaction({ purpose: 'sql', role: 'service_role', claims: null }, (transaction) =>
          transaction.script(text),
        )
    const change = `DELETE FROM pointsman.route_candidates WHERE name = 'operations' AND model_id = '${novaLite}'`
    for (const constraints of ['ALL', 'pointsman.settle_edit']) {
      await expect(run(`SET CONSTRAINTS ${constraints} IMMEDIATE; ${change}`)).rejects.toThrow(
        /judged whole, at the end/,
      )
    }
    await run(`${change}; SET CONSTRAINTS ALL IMMEDIATE`)
  })
})

describe('rows of before', () => {
  test('stay, are held to the rules in what their next edit changes, and hinder no other row', async () => {
    const { database, close } = await openForTest('embedded')
    const all = new URL('../../../supabase/migrations/', import.meta.url)
    const directory = await mkdtemp(`${tmpdir()}/pointsman-before-`)
    // All others, because the program that fills it knows their columns; but not the one that judges them anew.
    for (const file of (await readdir(all)).filter(
      (name) => !/_(what_compiles|lengths_of_texts)\.sql$/.test(name),
    )) {
      await cp(new URL(file, all), `${directory}/${file}`)
    }
    await migrate(database, { directory: pathToFileURL(`${directory}/`) })
    await fillRegistry(database)
    for (const statement of [
      // A later one replaced it, which here came before it was made.
      'DROP FUNCTION pointsman.check_price(text, text, timestamptz, bigint[], jsonb)',
      `INSERT INTO pointsman.routes (kind, name) VALUES ('use-case', 'default')`,
      ofModel('ends_on', `'infinity'`),
      `INSERT INTO pointsman.aliases (name, target) VALUES ('a', 'b'), ('b', 'a')`,
      priced('ghost'),
    ]) {
      await database.query(statement)
    }
    await migrate(database)
    await edit(database, ofHealth('capture', 'true'))
    const misnamed = (change: string): Promise<unknown> =>
      edit(database, `UPDATE pointsman.routes SET ${change} WHERE kind = 'use-case' AND name = 'default'`)
    await misnamed('capture = true')
    await expect(misnamed(`residency = '{}'`)).rejects.toThrow(/cannot be called "default"/)
    await misnamed(`name = 'general'`)
    await edit(database, ofModel('ends_on', 'NULL'))
    await expect(
      edit(database, `UPDATE pointsman.aliases SET target = 'c' WHERE name = 'b'`),
    ).rejects.toThrow(/leads to "c"/)
    await edit(database, `UPDATE pointsman.aliases SET target = '${novaPro}' WHERE name = 'b'`)
    await close()
    await rm(directory, { recursive: true })
  })
})
