export { openServer, type ServerOptions } from './open-server.ts'
