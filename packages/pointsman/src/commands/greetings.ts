import { shownProxy } from '@pointsman/engine/proxies'
import type { StartedServer } from '../serve/start-server.ts'
import type { Settings } from '../settings.ts'

const keyLine = ({ serviceKey }: StartedServer): string =>
  serviceKey.path === null ? 'Service key  from the environment' : `Service key  ${serviceKey.path}`

const notes = (server: StartedServer): string => server.notes.map((note) => `\n⚠️  ${note}`).join('')

/** Nobody should have to guess by which way vendors are called. */
function proxyLine({ proxy }: Settings): string {
  const named = [proxy?.https, proxy?.http].find((each) => each != null)
  return named == null ? '' : `\nProxy        ${shownProxy(named)} (${named.variable})`
}

/** What `serve` prints once it answers. */
export const serveGreeting = (server: StartedServer, settings: Settings): string =>
  `Pointsman answers at ${server.url} (region ${settings.region}, ${settings.databaseUrl === null ? 'embedded database' : 'PostgreSQL'})
${keyLine(server)}
Console      ${server.url}/console${proxyLine(settings)}${notes(server)}
`

/** How this program is called where it was started: by `npm run` in the repository, by `npx`, or as it is. */
export function commandOf({ npm_command: by }: NodeJS.ProcessEnv): string {
  if (by === 'exec') return 'npx pointsman'
  return by === undefined ? 'pointsman' : 'npm run pointsman --'
}

/** What `sandbox` prints: the key, and what to try next, ready to paste. `command`: how the program is called. */
export function sandboxGreeting(
  server: Pick<StartedServer, 'url' | 'serviceKey'>,
  settings: Settings,
  command: string,
): string {
  const place =
    settings.databaseUrl === null ? settings.dataDir : `${settings.dataDir} and in PostgreSQL (DATABASE_URL)`
  const elsewhere = server.url === 'http://127.0.0.1:7070' ? '' : ` POINTSMAN_URL=${server.url}`
  return `
Pointsman sandbox answers at ${server.url}. Models are simulated; no cloud account is used.
Service key  ${server.serviceKey.key}
Console      ${server.url}/console

Try next, in a second terminal:

  export POINTSMAN_SERVICE_KEY=${server.serviceKey.key}${elsewhere}

  ${command} chat use-case/clinical --message "Hello"
  ${command} switch eu.amazon.nova-pro-v1:0 --use-case clinical --reason "First switch"
  ${command} chat use-case/clinical --message "Hello"
  ${command} switches list

Any OpenAI, Anthropic, Gemini or AWS client works too: base URL ${server.url}/v1 (OpenAI) or ${server.url} (the others), and this key.
Data is kept in ${place}; serve finds it there. Ctrl-C stops.
`
}

export const simulatorGreeting = (url: string): string =>
  `The provider simulator answers at ${url}.
Point clients at it; any credentials are taken:

  AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${url}
  AWS_ENDPOINT_URL_BEDROCK=${url}
  OPENAI_BASE_URL=${url}/v1
  ANTHROPIC_BASE_URL=${url}
  GOOGLE_GEMINI_BASE_URL=${url}
`
