import { stat } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/**
 * `node tools/build-lambda.ts`: aws-lambda/bedrock-ai-chat/index.mjs, the function as one file. Left out is the client of
 * CloudWatch: a function's metrics are lines of its log.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const file = join(root, 'aws-lambda/bedrock-ai-chat/index.mjs')

const isBuiltin = (id: string): boolean => id.startsWith('node:') || builtinModules.includes(id)

const built = await rolldown({
  input: join(root, 'packages/pointsman/src/lambda/index.ts'),
  platform: 'node',
  external: (id) => isBuiltin(id) || id === '@aws-sdk/client-cloudwatch',
  treeshake: true,
})
await built.write({ file, format: 'es', minify: true, codeSplitting: false })
await built.close()
process.stdout.write(`index.mjs: ${Math.round((await stat(file)).size / 1024)} KB\n`)
