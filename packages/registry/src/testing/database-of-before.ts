import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { pathToFileURL } from 'node:url'
import type { Database } from '../database.ts'
import { migrate } from '../migrate.ts'
import { edit, fillRegistry, novaLite, novaMicro, novaPro } from './sample-registry.ts'

/** As the migrations before the lengths of texts left it, with rows that this one would have refused. */
export async function fillAsBefore(database: Database): Promise<void> {
  const all = new URL('../../../../supabase/migrations/', import.meta.url)
  const directory = await mkdtemp(`${tmpdir()}/pointsman-before-`)
  for (const file of (await readdir(all)).filter((name) => name < '20260328100000')) {
    await cp(new URL(file, all), `${directory}/${file}`)
  }
  await migrate(database, { directory: pathToFileURL(`${directory}/`) })
  await rm(directory, { recursive: true })
  await fillRegistry(database)
  const ofPro = (change: string): string =>
    `UPDATE bedrock_models SET ${change} WHERE model_id = '${novaPro}'`
  for (const statement of [
    ofPro('is_default = true'),
    ofPro(`provider = ''`),
    ofPro(`format = repeat('x', 600)`),
    ofPro('input_cost_per_mtok = 0.0000004'),
    `INSERT INTO pointsman.routes (kind, name) VALUES ('use-case', repeat('z', 250))`,
    `INSERT INTO pointsman.route_candidates (kind, name, model_id, rank) VALUES ('use-case', repeat('z', 250), '${novaMicro}', 90)`,
    `UPDATE pointsman.routes SET fallbacks = array_fill('${novaLite}'::text, ARRAY[4000]) WHERE name = 'health'`,
  ]) {
    await edit(database, statement)
  }
  // As rows stand in there that were written before these constraints were made.
  await database.query('ALTER TABLE bedrock_models DROP CONSTRAINT model_is_readable')
  await database.query(ofPro(`ends_on = 'infinity'`))
  await database.query(
    'ALTER TABLE bedrock_models ADD CONSTRAINT model_is_readable CHECK (pointsman.check_model(model_id, generation, ends_on, abilities)) NOT VALID',
  )
}
