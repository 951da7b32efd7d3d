import { controlEndpoints } from '../api/endpoints.ts'
import type { ControlHouse } from '../house.ts'
import { openapiDocument } from '../http/openapi.ts'

interface Operation {
  readonly summary: string
  readonly description: string
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
}
interface Paths {
  readonly [path: string]: { readonly [method: string]: Operation }
}

/** `docs/api-reference.md`: the operations as the server declares them, so that the page cannot tell of others. */
export function apiReference(): string {
  // Only their declarations are read: no handler is called, so that no house is needed.
  const { paths } = openapiDocument(controlEndpoints({} as ControlHouse), '/api/v1') as {
    readonly paths: Paths
  }
  const resources = Map.groupBy(Object.entries(paths), ([path]) => path.split('/')[3] ?? '')
  const sections = [...resources].map(([resource, found]) => section(resource, found))
  return `# Operations of the control API

Every one, with the scope that its key needs. \`GET /api/v1/openapi.json\` has the fields of bodies and answers and the errors; [the control API](api.md) has the rest. This page is made from the same declarations (\`npm test -- packages/control/src/http/api-reference.test.ts -u\`), and a test fails when it is not.

${sections.join('\n\n')}
`
}

const section = (resource: string, found: readonly (readonly [string, Paths[string]])[]): string =>
  [
    `## ${resource}`,
    '',
    '| request | scope | |',
    '|---|---|---|',
    ...found.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => row(`${method.toUpperCase()} ${path}`, operation)),
    ),
  ].join('\n')

function row(request: string, { description, parameters = [], summary }: Operation): string {
  const query = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => `\`${name}\``)
  const asks = query.length === 0 ? '' : ` Query: ${query.join(', ')}.`
  const scope = description.replace(/^Key scope: (.*)\.$/, '$1')
  return `| \`${request}\` | ${scope} | ${summary.replaceAll('|', '\\|')}${asks} |`
}
