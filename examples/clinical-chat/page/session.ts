/** Who is signed in, as the app's server says. */
export interface Session {
  readonly user: string
  readonly pointsmanUrl: string
  /** A token that holds for half a minute at least. */
  token(): Promise<string>
}

interface Given {
  readonly token: string
  readonly tokenSeconds: number
  readonly user: string
  readonly pointsmanUrl: string
}

const renewBeforeMs = 30_000

export async function openSession(): Promise<Session> {
  let given = await ask()
  let renewAtMs = renewAt(given)
  return {
    user: given.user,
    pointsmanUrl: given.pointsmanUrl,
    async token() {
      if (Date.now() >= renewAtMs) {
        given = await ask()
        renewAtMs = renewAt(given)
      }
      return given.token
    },
  }
}

const renewAt = ({ tokenSeconds }: Given): number => Date.now() + tokenSeconds * 1_000 - renewBeforeMs

async function ask(): Promise<Given> {
  const response = await fetch('/token', { method: 'POST' })
  if (!response.ok) throw new Error(`The app gave no token (${response.status}). Reload the page.`)
  return (await response.json()) as Given
}
