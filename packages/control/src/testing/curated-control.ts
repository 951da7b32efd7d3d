import { afterAll, beforeAll } from 'vitest'
import { anyDatabase, catalogue, openTestDatabase, startControl, type TestControl } from './start-control.ts'

/** A control plane with the curated catalogue, for all tests of the file that asks for it. */
export function curatedControl(): Pick<TestControl, 'ask' | 'control'> {
  let opened: TestControl
  let drop: () => Promise<void>
  beforeAll(async () => {
    const made = await openTestDatabase(anyDatabase)
    drop = made.drop
    opened = await startControl(made.database, { curated: () => catalogue })
  })
  afterAll(async () => {
    await opened.stop()
    await drop()
  })
  return {
    ask: (...asked) => opened.ask(...asked),
    get control() {
      return opened.control
    },
  }
}
