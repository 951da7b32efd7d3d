import { rolldown } from 'rolldown'

/** One script with all that it imports, as a browser runs it. */
export async function bundleScript(entry: string): Promise<string> {
  const built = await rolldown({ input: entry, platform: 'browser' })
  const { output } = await built.generate({ format: 'es' })
  await built.close()
  return output[0].code
}
