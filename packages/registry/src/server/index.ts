export { openServer, type ServerEvent, type ServerOptions } from './open-server.ts'
