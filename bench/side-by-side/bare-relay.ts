import { fileURLToPath } from 'node:url'
import { freePort } from '../../tools/free-port.ts'
import { nothingLeft, type Contestant } from './contestant.ts'
import { cores, startPinned, waitForAnswer } from './processes.ts'

const program = fileURLToPath(new URL('bare-relay-process.ts', import.meta.url))

/** The floor of what a gateway in Node can cost. */
export async function bareRelay(upstreamUrl: string): Promise<Contestant> {
  const port = await freePort()
  const process_ = startPinned([process.execPath, program, upstreamUrl, String(port)], {
    core: cores.measured,
  })
  const url = `http://127.0.0.1:${port}`
  await waitForAnswer(`${url}/ready`, process_)
  return {
    name: 'bare Node relay',
    baseUrl: `${url}/v1`,
    headers: {},
    parts: [{ name: 'process', pids: [process_.pid] }],
    model: 'gpt-4o',
    settled: nothingLeft,
    stop: () => process_.stop(),
  }
}
