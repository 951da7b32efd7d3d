import {
  serviceKey,
  startGateway,
  type RunningGateway,
} from '../../../packages/gateway/src/testing/running-gateway.ts'
import { vendorNames, withVendorRoutes, type VendorName } from '../../vendor-routes.ts'
import { createRecorder, type Evidence, type FaceName, type Recorder } from '../history/index.ts'

export const spare = 'eu.amazon.nova-lite-v1:0'

/** The face whose frames a vendor's stream passes through unchanged. */
export const ownFace: { readonly [Name in VendorName]: FaceName } = {
  bedrock: 'bedrock-converse',
  openai: 'openai-chat',
  anthropic: 'anthropic-messages',
  google: 'gemini',
}

/** A real data plane in this process before all four vendors, with its clients' recorder; records are kept in memory. */
export interface AccountingRig {
  readonly gateway: RunningGateway
  readonly recorder: Recorder
  readonly server: { readonly url: string; readonly key: string }
  /** What has happened since the last call; vendors' ledger and faults are then empty again. */
  take(): Evidence
  close(): Promise<void>
}

/** Routes `VENDOR-alone` and, with a fallback, `VENDOR-backed`. */
export async function startAccountingRig(): Promise<AccountingRig> {
  const gateway = await startGateway({ simulates: vendorNames })
  await gateway.publish((entries) => withVendorRoutes(entries, spare))
  const recorder = createRecorder()
  let [taken, recorded] = [0, 0]
  return {
    gateway,
    recorder,
    server: { url: gateway.url, key: serviceKey },
    take: () => {
      const evidence = {
        clients: recorder.entries().slice(taken),
        records: gateway.records.slice(recorded),
        calls: gateway.simulator.ledger(),
      }
      taken = recorder.entries().length
      recorded = gateway.records.length
      gateway.simulator.reset()
      return evidence
    },
    close: async () => {
      recorder.close()
      await gateway.close()
    },
  }
}
