import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { migrate } from '../migrate.ts'
import { openForTest } from '../testing/databases.ts'
import { dumpSchema } from './dump-schema.ts'

test('supabase/schema.sql is what the migrations make (npm run schema:dump writes it)', async () => {
  const { database, close } = await openForTest('embedded')
  await migrate(database)
  const dumped = await dumpSchema(database)
  const inTree = await readFile(new URL('../../../../supabase/schema.sql', import.meta.url), 'utf8')
  expect(dumped).toBe(inTree)
  expect(dumped).toMatch(/CREATE TABLE public\.bedrock_models \(/)
  expect(dumped).toMatch(
    /CREATE CONSTRAINT TRIGGER chain_switch AFTER INSERT ON pointsman\.switches DEFERRABLE INITIALLY DEFERRED/,
  )
  expect(dumped).toMatch(/CREATE POLICY own_rows ON pointsman\.switches FOR SELECT TO authenticated/)
  await close()
})
