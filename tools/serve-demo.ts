import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `npm run notify:demo [-- PORT]`: the demo page of `@pointsman/notify` as it is published, under a strict policy. */
const root = fileURLToPath(new URL('..', import.meta.url))
const port = Number(process.argv[2] ?? 7072)
const types: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
}

execFileSync(process.execPath, [join(root, 'tools/build-package.ts'), 'notify'])
const files = new Map<string, Buffer>(
  await Promise.all(
    ['index.html', 'demo.css', 'demo.js'].map(
      async (name) => [`/${name}`, await readFile(join(root, 'packages/notify/dist/demo', name))] as const,
    ),
  ),
)
createServer((request, response) => {
  const [asked = '/'] = (request.url ?? '/').split('?')
  const path = asked === '/' ? '/index.html' : asked
  const file = files.get(path)
  if (file === undefined) response.writeHead(404, headers).end()
  else response.writeHead(200, { ...headers, 'content-type': types[extname(path)] }).end(file)
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`))
