import { canonicalJson } from '@pointsman/contract'
import { chainHead, type ChainAnchor, type Queryable } from '@pointsman/registry'
import { base64 } from '../base64.ts'
import { instant } from '../instant.ts'
import type { Clock, Signer } from '../ports.ts'

export interface SignedHead extends ChainAnchor {
  readonly signedAt: string
  /** Canonical JSON of the head, the time and the environment: what is signed, so that the figures cannot be re-dated. */
  readonly statement: string
  /** Base64. */
  readonly signature: string
  readonly publicKey: string
}

const encoder = new TextEncoder()

/** A chain alone does not bind who owns the database; a signed head that somebody else keeps does. */
export async function signedHead(parts: {
  readonly database: Queryable
  readonly clock: Clock
  readonly headSigner: Signer
  readonly environment: string
}): Promise<SignedHead> {
  return signHead({ ...parts, head: await chainHead(parts.database), nowMs: parts.clock.nowMs() })
}

export function signHead({
  environment,
  head,
  headSigner,
  nowMs,
}: {
  readonly head: ChainAnchor
  readonly headSigner: Signer
  readonly environment: string
  readonly nowMs: number
}): SignedHead {
  const signedAt = instant(nowMs)
  const kind = 'pointsman-switch-chain-head-v1'
  const statement = canonicalJson({ kind, ...head, signedAt, environment })
  return {
    ...head,
    signedAt,
    statement,
    signature: base64(headSigner.sign(encoder.encode(statement))),
    publicKey: headSigner.publicKey,
  }
}
