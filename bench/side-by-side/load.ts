import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cores, runPinned } from './processes.ts'

export interface LoadOptions {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  /** Each asks again as soon as it was answered. */
  readonly connections: number
  readonly seconds: number
}

export interface LoadResult {
  readonly requests: number
  readonly perSecond: number
  readonly p50Us: number
  readonly p99Us: number
  /** Answers that were no 2xx, and connections that broke. */
  readonly failures: number
}

/**
 * Asks by wrk: 3 µs of processor time a request where a client in Node takes 12 (measured), so that even nginx is kept busy
 * by one core that the upstream shares.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { body, connections, headers, seconds, url } = options
  const folder = await mkdtemp(join(tmpdir(), 'pointsman-bench-load-'))
  try {
    await writeFile(join(folder, 'body'), body)
    await writeFile(join(folder, 'ask.lua'), script(join(folder, 'body'), headers))
    const command = ['wrk', '--threads', '1', '--connections', String(connections)]
    const printed = await runPinned(
      [...command, '--duration', `${seconds}s`, '--timeout', '30s', '--script', join(folder, 'ask.lua'), url],
      { core: cores.load },
    )
    return readResult(printed)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const script = (bodyPath: string, headers: LoadOptions['headers']): string => `
wrk.method = "POST"
local file = io.open(${JSON.stringify(bodyPath)}, "rb")
wrk.body = file:read("*a")
file:close()
wrk.headers["content-type"] = "application/json"
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`)
  .join('\n')}
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format('\\n{"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"failures":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
`

interface Printed {
  readonly requests: number
  readonly durationUs: number
  readonly p50Us: number
  readonly p99Us: number
  readonly failures: number
}

function readResult(printed: string): LoadResult {
  const line = printed.split('\n').find((candidate) => candidate.startsWith('{"requests"'))
  if (line === undefined) throw new Error(`wrk told no figures:\n${printed}`)
  const { durationUs, ...told } = JSON.parse(line) as Printed
  return { ...told, perSecond: (told.requests / durationUs) * 1_000_000 }
}
