import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** What a proxy was asked for, as it came. */
export interface AskedWay {
  readonly target: string
  /** Null = no user was named. */
  readonly authorization: string | null
}

export interface ConnectProxyOptions {
  /** `user:password`; left out: anybody is let through. */
  readonly credentials?: string
  /** Its own certificate: then TLS is spoken to it. */
  readonly certificate?: { readonly key: string; readonly cert: string }
  /** Where a target is, as the proxy's resolver has it. Left out: on this machine, at the same port. */
  readonly portOf?: (target: string) => number
  /** Done instead of answering and joining, once the head has come. */
  readonly instead?: (socket: Socket, target: string) => void
}

export interface ConnectProxy {
  readonly port: number
  readonly asked: readonly AskedWay[]
  /** Sockets from clients that are open. */
  open(): number
  /** Ends all that is open, as a proxy that dies. */
  reset(): void
  close(): void
}

/** A forward proxy at a port of this machine, for tests: CONNECT alone, as small as it can be. */
export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const asked: AskedWay[] = []
  const sockets = new Set<Socket>()
  const taken = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    let head = ''
    const read = (bytes: Buffer): void => {
      head += bytes.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      socket.off('data', read)
      answer(socket, head, { ...options, asked })
    }
    socket.on('data', read)
  }
  const server =
    options.certificate === undefined ? createServer(taken) : createTlsServer(options.certificate, taken)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    open: () => sockets.size,
    reset: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    close() {
      server.close()
      sockets.forEach((socket) => socket.destroy())
    },
  }
}

const denied =
  'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="x"\r\ncontent-length: 2\r\n\r\nno'

function answer(
  socket: Socket,
  head: string,
  { asked, credentials, instead, portOf }: ConnectProxyOptions & { readonly asked: AskedWay[] },
): void {
  const [, target = ''] = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head) ?? []
  const authorization = /\r\nproxy-authorization: (.*)\r\n/i.exec(head)?.[1] ?? null
  asked.push({ target, authorization })
  const wanted = credentials === undefined ? null : `Basic ${Buffer.from(credentials).toString('base64')}`
  if (wanted !== null && authorization !== wanted) return void socket.end(denied)
  if (instead !== undefined) return instead(socket, target)
  const port = portOf?.(target) ?? Number(target.slice(target.lastIndexOf(':') + 1))
  const beyond = connect(port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket.pipe(beyond).pipe(socket)
  })
  beyond.on('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')).on('close', () => socket.destroy())
  socket.on('close', () => beyond.destroy())
}
