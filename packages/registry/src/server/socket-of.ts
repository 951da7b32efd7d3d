import type { Socket } from 'node:net'
import type pg from 'pg'

/** pg's own way to end a connection says goodbye first, and waits for a server that does not answer. */
export function socketOf(client: pg.ClientBase): Socket {
  const { connection } = client as unknown as { readonly connection: { readonly stream: Socket } }
  return connection.stream
}
