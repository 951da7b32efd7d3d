import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { cleanEnvironment, root } from './server.ts'

test('npm run verify:model-manager: every check of the guide', async () => {
  const options = { cwd: root, env: cleanEnvironment(), timeout: 60_000 }
  const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'verify:model-manager'], options)
  expect(stdout).toContain('Model does not support tools')
  expect(stdout).toMatch(/✅ Model unavailable: Fallback model used: eu\.anthropic\.claude-haiku/)
  expect(stdout).not.toContain('❌')
  expect(stdout.trim().split('\n').at(-1)).toBe('ModelManager: all checks passed')
})
