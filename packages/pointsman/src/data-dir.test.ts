import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { dataDirFrom } from './data-dir.ts'

test.each([
  [{}, undefined, '.pointsman'],
  // Not the working directory.
  [{ POINTSMAN_DATA_DIR: ' ' }, undefined, '.pointsman'],
  [{ POINTSMAN_DATA_DIR: 'named' }, undefined, 'named'],
  [{ POINTSMAN_DATA_DIR: 'named' }, 'asked', 'asked'],
])('with the variables %j and --data-dir %j data lies in %s', (environment, option, folder) => {
  expect(dataDirFrom(environment, option)).toBe(resolve(folder))
})
