/** A real ClickHouse server for one test file: its own folder, ports of loopback, stopped by its process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { requireProgram } from './servers.ts'

export const clickHouseProgram = await requireProgram({ name: 'clickhouse-server', apt: ['clickhouse-server'] })

export interface ClickHouse extends AsyncDisposable {
  readonly url: string
  /** Ends the server at once, as a machine that fails. */
  kill(): Promise<void>
  /** Starts it again over what it kept. */
  start(): Promise<void>
}

export async function startClickHouse(): Promise<ClickHouse> {
  const { path } = clickHouseProgram
  if (path === undefined) throw new Error('clickhouse-server is not installed here')
  const folder = await mkdtemp(join(tmpdir(), 'vigil-clickhouse-'))
  const [http, tcp, between] = await Promise.all([freePort(), freePort(), freePort()])
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'users.xml'), users)
  await writeFile(join(folder, 'config.xml'), config(folder, http, tcp, between))
  const url = `http://127.0.0.1:${http}`
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    // One that runs is left as it is: a second one would only take its place in what is killed at the end.
    if (child && child.exitCode === null && child.signalCode === null) return
    child = spawn(path ?? '', [`--config-file=${join(folder, 'config.xml')}`], { stdio: 'ignore', cwd: folder })
    for (let tries = 0; tries < 300; tries += 1) {
      if (child.exitCode !== null) throw new Error(`clickhouse-server ended with ${child.exitCode} instead of starting`)
      // The server says by no event of ours that it listens.
      const answer = await fetch(`${url}/ping`).catch(() => undefined)
      if (answer?.ok) return
      await pause(100)
    }
    throw new Error('clickhouse-server did not answer in thirty seconds')
  }
  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const over = once(child, 'exit')
    child.kill('SIGKILL')
    await over
  }

  await start()
  return {
    url,
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

const users = `<yandex>
  <profiles><default><max_memory_usage>2000000000</max_memory_usage></default></profiles>
  <users><default><password></password><networks><ip>127.0.0.1</ip></networks>
    <profile>default</profile><quota>default</quota></default></users>
  <quotas><default></default></quotas>
</yandex>`

function config(folder: string, http: number, tcp: number, between: number): string {
  return `<yandex>
  <logger><level>error</level><log>${folder}/server.log</log><errorlog>${folder}/error.log</errorlog></logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${http}</http_port><tcp_port>${tcp}</tcp_port><interserver_http_port>${between}</interserver_http_port>
  <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path>
  <users_config>${folder}/users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
  <mark_cache_size>134217728</mark_cache_size><uncompressed_cache_size>0</uncompressed_cache_size>
</yandex>`
}
