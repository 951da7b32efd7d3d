import type { UsageRecord } from '@pointsman/contract'
import {
  serviceKey,
  startGateway,
  type RunningGateway,
} from '../../packages/gateway/src/testing/running-gateway.ts'
import { withVendorRoutes } from '../vendor-routes.ts'
import { spareModel, startFaultyUpstream, type FaultyUpstream } from './faulty-upstream.ts'
import type { Face, Told } from './faces.ts'

/** The real gateway in this process, with every vendor played by one faulty upstream. */
export interface ErrorRig {
  readonly gateway: RunningGateway
  readonly upstream: FaultyUpstream
  /** Sends as a client of the face does. */
  ask(face: Face, model: string, stream: boolean): Promise<Response>
  /** The record of the last answer. */
  lastRecord(): UsageRecord
  close(): Promise<void>
}

export async function startErrorRig(): Promise<ErrorRig> {
  const upstream = await startFaultyUpstream()
  const gateway = await startGateway({ upstreamUrl: upstream.url })
  await gateway.publish((entries) => withVendorRoutes(entries, spareModel))
  return {
    gateway,
    upstream,
    ask: (face, model, stream) =>
      fetch(gateway.url + face.path(model, stream), {
        method: 'POST',
        headers: {
          authorization: `Bearer ${serviceKey}`,
          'content-type': 'application/json',
          ...face.headers,
        },
        body: JSON.stringify(face.body(model, stream)),
        redirect: 'manual',
      }),
    lastRecord: () => {
      const record = gateway.records.at(-1)
      if (record === undefined) throw new Error('no record was written')
      return record
    },
    close: async () => {
      await gateway.close()
      await upstream.close()
    },
  }
}

export async function told(response: Response): Promise<Told> {
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** Runs one row of a table; a difference is told with the row's name, and the rows after it are judged all the same. */
export async function judging(
  differences: string[],
  name: string,
  judge: () => Promise<void>,
): Promise<void> {
  try {
    await judge()
  } catch (thrown) {
    differences.push(`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}
