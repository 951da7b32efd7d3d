import { PointsmanError, type Provider, type UpstreamAnswerHead } from '@pointsman/contract'
import { joinBytes } from './bytes.ts'
import type { Ports } from './ports.ts'

/** What to ask a vendor's own lists for. */
export interface ListQuestion {
  readonly region: string
  readonly path: string
  readonly query: { readonly [name: string]: string }
}

export interface ListParts {
  readonly provider: Provider
  /** Another address than the vendor's public one. */
  readonly baseUrl: string | null
  readonly ports: Pick<Ports, 'clock' | 'credentials' | 'digests' | 'transport'>
}

/** A list of some hundred entries has a few hundred kilobytes. */
const maxListBytes = 16 * 1_048_576
const withinMs = 20_000

/**
 * One page of what a vendor lists, as it answered: a text, for whoever knows its form. Throws PointsmanError with the vendor's own
 * words, and in `data` its name of the error: `credentials_missing`, `provider_auth`, `upstream_…`.
 */
export async function listModels(asked: ListQuestion, parts: ListParts): Promise<string> {
  const { baseUrl, ports, provider } = parts
  if (provider.buildListRequest === undefined)
    throw new PointsmanError('invalid_request', `${provider.id} has no list of models that is asked here.`)
  const credential = await ports.credentials.get(provider.id)
  const nowMs = ports.clock.nowMs()
  const request = provider.buildListRequest({ ...asked, credential, baseUrl, nowMs }, ports.digests)
  const { head, body } = await wholeAnswer(request, ports)
  if (head.status < 200 || head.status > 299) {
    const { code, message, status, vendorName } = provider.readFailure(head, body)
    throw new PointsmanError(code, message, {
      ...(vendorName === null ? {} : { vendorName }),
      data: { vendorName, status },
    })
  }
  return new TextDecoder().decode(body)
}

interface WholeAnswer {
  readonly head: UpstreamAnswerHead
  readonly body: Uint8Array
}

function wholeAnswer(
  request: Parameters<Ports['transport']['send']>[0],
  { clock, transport }: Pick<Ports, 'clock' | 'transport'>,
): Promise<WholeAnswer> {
  return new Promise((resolve, reject) => {
    let head: UpstreamAnswerHead | null = null
    const pieces: Uint8Array[] = []
    let bytes = 0
    const fail = (
      code: 'upstream_broken' | 'upstream_timeout_total' | 'upstream_unreachable',
      why: string,
    ) => {
      cancel()
      reject(new PointsmanError(code, `${request.origin} ${why}.`))
    }
    const cancel = clock.after(withinMs, () => {
      call.abort()
      fail('upstream_timeout_total', `did not answer within ${withinMs / 1_000} s`)
    })
    const call = transport.send(request, {
      connected: () => undefined,
      head: (answered) => {
        head = answered
      },
      data: (piece) => {
        bytes += piece.byteLength
        if (bytes <= maxListBytes) return void pieces.push(piece)
        call.abort()
        fail('upstream_broken', `answered more than ${maxListBytes} bytes`)
      },
      end: () => {
        cancel()
        if (head === null) fail('upstream_broken', 'ended without an answer')
        else resolve({ head, body: joinBytes(pieces) })
      },
      failed: ({ message }) => fail('upstream_unreachable', `cannot be reached (${message})`),
    })
  })
}
