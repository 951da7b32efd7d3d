import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.{ts,tsx}', 'tests/**/*.test.ts', 'tools/**/*.test.ts'],
    globalSetup: ['tools/vitest-global-setup.ts'],
    // Against what hangs: a machine that is busy with other things may need long for tests that start processes.
    testTimeout: 90_000,
    hookTimeout: 180_000,
    // What comes a little later comes later still on such a machine; the default is one second.
    expect: { poll: { timeout: 30_000 } },
    // Databases of tests live for seconds: to compile their WebAssembly a second time, for speed, took a fifth of the
    // processor time of those in `packages/control` and `packages/registry`.
    execArgv: ['--liftoff-only'],
    // Files of one worker share their modules: nothing that is built is mutated, and loading them anew for each file
    // took half the time of the pure rooms. A test of a module's own state takes that module anew.
    isolate: false,
    // Tests wait for processes, time-outs and pages for a third of their time. Not more: the embedded database takes
    // 300–700 MB in each process that opens one.
    maxWorkers: 3,
  },
})
