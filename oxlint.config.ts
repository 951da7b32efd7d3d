import { defineConfig } from 'oxlint'
import { impureGlobals } from './tools/laws/purity.ts'

const rooms = (...names: readonly string[]): string[] => names.map((name) => `packages/${name}/src/**/*.ts`)
const tests = [
  '**/*.test.{ts,tsx}',
  '**/*.test-support.ts',
  '**/{testing,conformance}/**/*.ts',
  'tests/**/*.ts',
  'bench/**/*.ts',
]

const joinedSignals = {
  object: 'AbortSignal',
  property: 'any',
  message: 'AbortSignal.any leaks where one signal lives long (nodejs/node#54614): join them by hand.',
}
const foreignJson = {
  object: 'JSON',
  property: 'parse',
  message: 'Foreign JSON is parsed only in wire and behind the schemas of control.',
}
const environment = {
  object: 'process',
  property: 'env',
  message: 'Only pointsman reads the environment: take the value as an argument.',
}
const chance = { object: 'Math', property: 'random', message: 'Chance is handed in.' }

/** A later override replaces an earlier one, so each says its whole list. */
const without = (...properties: readonly (typeof joinedSignals)[]) => ({
  'no-restricted-properties': ['error' as const, joinedSignals, ...properties],
})
const withoutNode = (message: string) => ({
  'no-restricted-imports': ['error' as const, { patterns: [{ regex: '^node:', message }] }],
})
const pure = {
  'no-restricted-globals': [
    'error' as const,
    ...impureGlobals.map((name) => ({ name, message: 'core and wire are pure: it is handed in.' })),
  ],
  ...withoutNode('core and wire are pure: they import nothing of Node.'),
}

/** What finds faults that the compiler lets pass. All are named, so that a new version adds none unseen. */
const ofTypes = [
  'await-thenable',
  'no-array-delete',
  'no-base-to-string',
  'no-deprecated',
  'no-duplicate-type-constituents',
  'no-floating-promises',
  'no-for-in-array',
  'no-implied-eval',
  'no-meaningless-void-operator',
  'no-misused-promises',
  'no-misused-spread',
  'no-mixed-enums',
  'no-redundant-type-constituents',
  'no-unnecessary-boolean-literal-compare',
  'no-unnecessary-condition',
  'no-unnecessary-template-expression',
  'no-unnecessary-type-arguments',
  'no-unnecessary-type-assertion',
  'no-unnecessary-type-conversion',
  'no-unnecessary-type-parameters',
  'no-unsafe-argument',
  'no-unsafe-assignment',
  'no-unsafe-call',
  'no-unsafe-enum-assignment',
  'no-unsafe-enum-comparison',
  'no-unsafe-member-access',
  'no-unsafe-return',
  'no-unsafe-unary-minus',
  'no-useless-default-assignment',
  'only-throw-error',
  'prefer-promise-reject-errors',
  'prefer-reduce-type-parameter',
  'prefer-return-this-type',
  'related-getter-setter-pairs',
  'restrict-plus-operands',
  'unbound-method',
  'use-unknown-in-catch-callback-variable',
]
const ofSyntax = [
  'ban-ts-comment',
  'consistent-type-imports',
  'no-duplicate-enum-values',
  'no-dynamic-delete',
  'no-empty-object-type',
  'no-explicit-any',
  'no-extra-non-null-assertion',
  'no-extraneous-class',
  'no-generated-empty-object-type',
  'no-invalid-void-type',
  'no-misused-new',
  'no-namespace',
  'no-non-null-asserted-nullish-coalescing',
  'no-non-null-asserted-optional-chain',
  'no-non-null-assertion',
  'no-require-imports',
  'no-this-alias',
  'no-unnecessary-type-constraint',
  'no-unsafe-declaration-merging',
  'no-unsafe-function-type',
  'no-wrapper-object-types',
  'prefer-as-const',
  'prefer-literal-enum-member',
  'prefer-namespace-keyword',
  'triple-slash-reference',
  'unified-signatures',
]
const ofHooks = [
  'rules-of-hooks',
  'exhaustive-deps',
  'static-components',
  'use-memo',
  'preserve-manual-memoization',
  'immutability',
  'globals',
  'refs',
  'set-state-in-effect',
  'error-boundaries',
  'purity',
  'set-state-in-render',
  'unsupported-syntax',
]
const all = (plugin: string, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [`${plugin}/${name}`, 'error' as const]))

export default defineConfig({
  options: { typeAware: true, reportUnusedDisableDirectives: 'error', respectEslintDisableDirectives: false },
  plugins: ['typescript', 'react'],
  categories: { correctness: 'off' },
  // Of `supabase/functions` a line each, for Deno, whose types are not Node's; a test runs them.
  ignorePatterns: ['**/*.{js,cjs,mjs}', '**/coverage/', '**/dist/', '**/.pointsman/', 'supabase/functions/'],
  rules: {
    ...all('typescript', [...ofTypes, ...ofSyntax]),
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/switch-exhaustiveness-check': [
      'error',
      { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
    ],
    // Numbers and booleans in a text are meant; objects, null and undefined are not.
    'typescript/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'no-array-constructor': 'error',
    'no-console': 'error',
    'no-empty': 'error',
    'no-param-reassign': 'error',
    'no-unused-expressions': 'error',
    'no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    'no-useless-constructor': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'prefer-rest-params': 'error',
    'prefer-spread': 'error',
    ...without(foreignJson, environment),
  },
  overrides: [
    {
      files: rooms('wire', 'control', 'registry', 'journal', 'simulator', 'sdk', 'cli', 'notify'),
      rules: without(environment),
    },
    {
      files: ['packages/console/src/**/*.tsx', 'packages/console/src/**/use-*.ts'],
      rules: all('react', ofHooks),
    },
    { files: rooms('core'), rules: { ...pure, ...without(foreignJson, chance) } },
    { files: rooms('notify'), rules: withoutNode('This runs in browsers: it imports nothing of Node.') },
    // An example is a program of its own: its main file is its door.
    { files: ['examples/*/main.ts'], rules: without(foreignJson) },
    { files: rooms('wire'), rules: { ...pure, ...without(chance) } },
    { files: rooms('pointsman'), rules: without(foreignJson) },
    {
      files: [...rooms('pointsman', 'cli'), 'tools/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts'],
      rules: { 'no-console': 'off' },
    },
    {
      files: [...tests, 'tools/**/*.ts', 'bench/**/*.ts', '*.config.ts'],
      rules: { ...without(), 'no-restricted-globals': 'off', 'no-restricted-imports': 'off' },
    },
    // Generators are given characters one by one: `fc.constantFrom(...'abc')`.
    { files: tests, rules: { 'typescript/no-misused-spread': 'off' } },
  ],
})
