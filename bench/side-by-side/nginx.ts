import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cores, familyOf, startPinned, titleOf, waitForAnswer, type StartedProcess } from './processes.ts'
import { freePort } from '../../tools/free-port.ts'
import { nothingLeft, type Contestant } from './contestant.ts'

export interface RunningNginx {
  readonly url: string
  /** The processes that serve. */
  workers(): readonly number[]
  readonly process: StartedProcess
  stop(): Promise<void>
}

/** Starts the system's nginx with a configuration of its own, on loopback, in a folder of its own. */
export async function startNginx(core: number, server: (port: number) => string): Promise<RunningNginx> {
  const folder = await mkdtemp(join(tmpdir(), 'pointsman-bench-nginx-'))
  const port = await freePort()
  await writeFile(join(folder, 'nginx.conf'), wholeConfiguration(folder, server(port)))
  // `-g` so that it neither daemonises nor wants a log where it may not write.
  const process = startPinned(
    ['nginx', '-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;'],
    { core, stopSignal: 'SIGQUIT' },
  )
  const url = `http://127.0.0.1:${port}`
  await waitForAnswer(`${url}/ready`, process, 10_000).catch((error: unknown) => {
    throw new Error('This bench needs nginx: apt-get install nginx-light wrk', { cause: error })
  })
  return {
    url,
    process,
    workers: () => familyOf(process.pid).filter((pid) => titleOf(pid).includes('worker')),
    async stop() {
      await process.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

// Buffers that hold the largest body in memory: nginx would write it to a file otherwise, and that is not its price.
const wholeConfiguration = (folder: string, server: string): string => `
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_max_body_size 0;
  client_body_buffer_size 2m;
  client_body_temp_path ${folder}/client;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  default_type application/json;
  ${server}
}
`

export interface ProxyOptions {
  /** Whether it gathers an answer before it passes it on; a proxy of streams must not. Left out: as nginx does. */
  readonly buffering?: boolean
}

/** nginx as a plain proxy: every path as it is, connections to the upstream kept. */
export async function nginxProxy(
  upstreamUrl: string,
  { buffering = true }: ProxyOptions = {},
): Promise<Contestant> {
  const { host } = new URL(upstreamUrl)
  const nginx = await startNginx(
    cores.measured,
    (port) => `
  upstream vendor { server ${host}; keepalive 512; keepalive_requests 1000000000; keepalive_timeout 3600s; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://vendor;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering ${buffering ? 'on' : 'off'};
    }
  }`,
  )
  return {
    name: 'nginx',
    baseUrl: `${nginx.url}/v1`,
    headers: {},
    parts: [{ name: 'worker', pids: nginx.workers() }],
    model: 'gpt-4o',
    settled: nothingLeft,
    stop: () => nginx.stop(),
  }
}
