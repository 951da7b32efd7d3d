import { createChatServer } from './server.ts'

/** `npm run example:clinical-chat`, beside a running Pointsman. */
const port = Number(process.env['PORT'] ?? 7073)
const pointsmanUrl = process.env['POINTSMAN_URL'] ?? 'http://127.0.0.1:7070'
const jwtSecret = process.env['SUPABASE_JWT_SECRET'] ?? ''
if (jwtSecret === '') {
  console.error('SUPABASE_JWT_SECRET is not set. Set it to the same value for Pointsman and for this app.')
  process.exit(1)
}
const server = await createChatServer({ pointsmanUrl, jwtSecret })
server.listen(port, '127.0.0.1', () => {
  console.log(`Clinical chat: http://127.0.0.1:${port} (models by Pointsman at ${pointsmanUrl})`)
})
