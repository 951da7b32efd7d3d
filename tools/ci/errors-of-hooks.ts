import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/** What a hook said when it failed, by its file. */
export type ErrorsOfHooks = Readonly<Record<string, string>>

/**
 * Writes them to the file that POINTSMAN_ERRORS_OF_HOOKS names: Vitest's JSON report says of a file whose `afterAll` failed in a
 * `describe` only that it failed (5.1.1).
 */
export default class ErrorsOfHooksReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const path = process.env['POINTSMAN_ERRORS_OF_HOOKS']
    if (!path) return
    const said = modules.map((module) => {
      const errors = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors())
      return [module.moduleId, errors.map(({ message, stack }) => stack ?? message).join('\n')] as const
    })
    writeFileSync(path, JSON.stringify(Object.fromEntries(said.filter(([, text]) => text !== ''))))
  }
}
