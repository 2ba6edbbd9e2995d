import { join } from 'node:path'
import type { Command } from 'commander'
import { createLog, type Log, type LogLevel } from '#platform/log.ts'
import { type Installation, openInstallation } from '#server/installation.ts'
import type { Program } from '../program.ts'

interface Options {
  readonly host?: string
  readonly port?: string
  readonly publicUrl?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly sample?: string
}

const webFolder = join(import.meta.dirname, '..', '..', '..', 'dist', 'web')

export function registerServe(command: Command, program: Program): void {
  command
    .command('serve')
    .description('run Vigil for several people: the web app and the interface for programs')
    .option('--host <address>', 'what to listen on; 127.0.0.1 when not said, 0.0.0.0 for all (VIGIL_HOST)')
    .option('--port <number>', 'the port; 7420 when not said (VIGIL_PORT)')
    .option('--public-url <url>', 'where people reach it, when that is elsewhere (VIGIL_PUBLIC_URL)')
    .option('--tls-cert <file.pem>', 'speak TLS with this certificate (VIGIL_TLS_CERT)')
    .option('--tls-key <file.pem>', 'and this key (VIGIL_TLS_KEY)')
    .option('--sample <size>', 'fill it with an invented clinic, hospital or system first, where nothing is kept yet')
    .addHelpText(
      'after',
      `
The first time it prints a link by which the first administrator finishes the set-up. It stops on Ctrl-C and SIGTERM, when
what it was asked is done. People on other machines need TLS: give a certificate, or put a proxy before it.

  $ vigil serve
  $ vigil serve --host 0.0.0.0 --tls-cert vigil.pem --tls-key vigil.key --public-url https://vigil.clinic.example:7420`,
    )
    .action(async (options: Options) => {
      for (const [name, value] of [
        ['VIGIL_HOST', options.host],
        ['VIGIL_PORT', options.port],
        ['VIGIL_PUBLIC_URL', options.publicUrl],
        ['VIGIL_TLS_CERT', options.tlsCert],
        ['VIGIL_TLS_KEY', options.tlsKey],
      ] as const) {
        if (value !== undefined) process.env[name] = value
      }
      const config = program.configure()
      const log = openLog(program, config.logLevel)
      const started = Date.now()
      const installation: Installation = await openInstallation(config, { create: true })
      try {
        // Imported when it is wanted: what only reads a folder starts faster without.
        const { serve } = await import('#server/serve.ts')
        const { fillWithSample } = await import('./filled.ts')
        if (options.sample !== undefined) await fillWithSample(program, installation, options.sample)
        const server = await serve(installation, { log, webFolder, version: '0.1.0', worker: 'process' })
        const { screen } = program
        screen.out(`Vigil is ready at ${server.publicUrl.href} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
        if (server.setUpLink !== undefined) {
          screen.out('Finish the set-up within a day, by this link, which works once:')
          screen.out(`  ${server.setUpLink}`)
        }
        screen.out('Stop it with Ctrl-C.')
        await untilStopped()
        screen.out('Stopping: what was asked is finished first.')
        await server.stop()
      } finally {
        await installation.close()
      }
    })
}

/** What a server starts beside itself; nobody types it. */
export function registerWork(command: Command, program: Program): void {
  command
    .command('work', { hidden: true })
    .requiredOption('--public-url <url>')
    .action(async (options: { publicUrl: string }) => {
      const { work } = await import('#server/worker.ts')
      await beside(program, (installation, log) => work(installation, new URL(options.publicUrl), log))
    })
  command.command('hold-trail', { hidden: true }).action(async () => {
    const { holdTrails } = await import('#server/trail.ts')
    await beside(program, holdTrails)
  })
}

/** Runs beside a server until it says to stop, or is gone. */
async function beside(
  program: Program,
  run: (installation: Installation, log: Log) => Promise<'stopped' | 'abandoned'>,
): Promise<void> {
  const config = program.configure()
  const log = openLog(program, config.logLevel)
  const installation = await openInstallation(config, { create: false })
  try {
    const ended = await run(installation, log)
    // A server that was killed leaves the database running for the next one; so does what ran beside it.
    if (ended === 'stopped') await installation.close()
  } catch (error) {
    await installation.close()
    // The line to the server would keep this process alive, and the server would wait for its end.
    if (process.connected) process.disconnect()
    throw error
  }
  process.exit(0)
}

// What runs for months says each request; what it says holds nobody's name or address.
function openLog(program: Program, configured: LogLevel): Log {
  const level = process.env['VIGIL_LOG'] === undefined ? 'info' : configured
  return createLog(level, (line) => program.errors.write(line))
}

/** Waits for the signal to stop; a second one ends Vigil at once. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130))
        resolve()
      })
    }
  })
}
