import { fileURLToPath } from 'node:url'
import { freePort } from '../../tools/free-port.ts'
import { cores, startPinned, waitForAnswer } from '../side-by-side/processes.ts'

export interface StreamTurnAsked {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  /** Open at the same time. */
  readonly streams: number
  /** Chunks a second of each stream; 0 = one stream after the other, for the first content. */
  readonly perSecond: number
  readonly seconds: number
  /** Whose processor time is counted, part by part. */
  readonly pids: readonly (readonly number[])[]
  readonly memoryOf: readonly number[]
}

export interface StreamTurn {
  /** Of each part, a chunk. */
  readonly processorUs: readonly number[]
  readonly chunksPerSecond: number
  /** 1 = each came by itself, as it was sent. */
  readonly chunksPerRead: number
  /** From the vendor's write to the client's read of a chunk; one after the other: from the request to the first content. */
  readonly p50Us: number
  readonly p99Us: number
  readonly memoryMb: number
  readonly failures: number
}

export interface StreamLoad {
  /** The vendor's. */
  readonly url: string
  run(asked: StreamTurnAsked): Promise<StreamTurn>
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('load-process.ts', import.meta.url))

/** Starts the vendor and the clients, on a core that nobody shares who is measured. */
export async function startStreamLoad(): Promise<StreamLoad> {
  const [vendorPort, controlPort] = [await freePort(), await freePort()]
  const process_ = startPinned([process.execPath, program, String(vendorPort), String(controlPort)], {
    core: cores.load,
  })
  const url = `http://127.0.0.1:${vendorPort}`
  await waitForAnswer(`${url}/ready`, process_)
  return {
    url,
    run: async (asked) => {
      const response = await fetch(`http://127.0.0.1:${controlPort}/`, {
        method: 'POST',
        body: JSON.stringify(asked),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`the load failed: ${text}\n${process_.output()}`)
      return JSON.parse(text) as StreamTurn
    },
    stop: () => process_.stop(),
  }
}
