/**
 * What Supabase puts before its functions: one server, `/functions/v1/NAME` handed to the function NAME as `/NAME`. Run by
 * Deno with the port to listen on.
 */
const functions = ['orchestrate-bedrock-models', 'manage-bedrock-models', 'bedrock-ai-chat']
const serve = Deno.serve
const handlers = new Map()
for (const name of functions) {
  Deno.serve = (handler) => handlers.set(name, handler)
  await import(`../../supabase/functions/${name}/index.ts`)
}
serve({ port: Number(Deno.args[0]), hostname: '127.0.0.1' }, (request, info) => {
  const url = new URL(request.url)
  url.pathname = url.pathname.replace(/^\/functions\/v1/, '')
  const handler = handlers.get(url.pathname.split('/')[1])
  return handler === undefined
    ? new Response('no such function', { status: 404 })
    : handler(new Request(url, request), info)
})
