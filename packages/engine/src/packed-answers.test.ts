import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { Rig } from './testing/rig.ts'
import { whole, type Answer } from './testing/scripted-upstream.ts'
import type { Transport } from './ports.ts'
import { createFetchTransport } from './transport/fetch.ts'
import { createHttp1Transport } from './transport/http1/transport.ts'

/* Answers that are packed and unpack to far more than they are: nobody asked for one, and no transport gives one unpacked whole. */

const unpackedBytes = 256 * 1_048_576

/** The zeros themselves are not kept: workers of tests share their modules. */
function packZeros() {
  const zeros = Buffer.alloc(unpackedBytes)
  return {
    gzip: gzipSync(zeros),
    deflate: deflateSync(zeros),
    br: brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
    zstd: zstdCompressSync(zeros),
  }
}
const packed = packZeros()
type Coding = keyof typeof packed
const codings = Object.keys(packed) as Coding[]

let rig: Rig | null = null
afterEach(() => rig?.close())

const sends =
  (coding: Coding, status: number): Answer =>
  (answer) => {
    const type = status === 200 ? 'application/vnd.amazon.eventstream' : 'application/json'
    answer.writeHead(status, { 'content-type': type, 'content-encoding': coding })
    answer.end(packed[coding])
  }

/** Counts what it gives: the memory of the process would say only what is left when somebody looks. */
function counting(transport: Transport) {
  const given = { bytes: 0 }
  const send: Transport['send'] = (request, listener) =>
    transport.send(request, {
      connected: () => listener.connected(),
      head: (head) => listener.head(head),
      data(bytes) {
        given.bytes += bytes.byteLength
        listener.data(bytes)
      },
      end: () => listener.end(),
      failed: (failure) => listener.failed(failure),
    })
  return { given, transport: { send, close: () => transport.close() } }
}

const kinds = codings.flatMap((coding) =>
  (['socket', 'fetch'] as const).flatMap((transport) =>
    [200, 500].flatMap((status) => [false, true].map((stream) => ({ coding, transport, status, stream }))),
  ),
)

test.each(kinds)(
  '$coding with status $status over the transport of $transport, streamed $stream: refused, and not given unpacked whole by its transport',
  async ({ coding, status, stream, transport }) => {
    const counted = counting(transport === 'fetch' ? createFetchTransport() : createHttp1Transport())
    rig = new Rig({ transport: counted.transport })
    await rig.upstream.start()
    rig.upstream.on('first', sends(coding, status))
    const { client, record } = await rig.run({ models: ['first'], stream })
    // `fetch` unpacks by itself, until it is told to stop.
    const most = transport === 'fetch' ? unpackedBytes / 2 : packed[coding].byteLength
    expect(counted.given.bytes).toBeLessThanOrEqual(most)
    expect(client.status).toBe(502)
    expect(record.outcome).toBe('failed')
    if (status === 200 && transport === 'socket')
      expect(client.text).toContain(`content-encoding \\"${coding}\\"`)
  },
)

test.each(['', 'identity', 'Identity'])('content-encoding "%s" is no packing', async (coding) => {
  rig = new Rig()
  await rig.upstream.start()
  rig.upstream.on('first', (answer, call) => {
    answer.setHeader('content-encoding', coding)
    return whole('Well.')(answer, call)
  })
  expect((await rig.run({ models: ['first'] })).record.outcome).toBe('ok')
})
