/**
 * What tests stand on: one real PostgreSQL a run (started by test/support/global.ts, which says where in the environment),
 * and a fresh, migrated database for each test file.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Context } from './context.ts'
import { type Database, openDatabase } from './database.ts'
import { dayOf } from './days.ts'
import { type ServerAddress, startPostgres } from './postgres.ts'

export const serverVariable = 'VIGIL_TEST_SERVER'

/** Starts the server of a test run in a directory of its own. */
export async function startTestServer(): Promise<{ address: ServerAddress; stop(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), `vigil-test-${process.pid}-`))
  // As root the server runs as a user of its own, who must get through.
  chmodSync(directory, 0o711)
  const server = await startPostgres({ directory: join(directory, 'postgres'), ephemeral: true })
  return {
    address: server.address,
    async stop() {
      await server.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The address of the run's server; a test file run by itself starts its own. */
export async function testServer(): Promise<ServerAddress> {
  const known = process.env[serverVariable]
  if (known) return JSON.parse(known) as ServerAddress
  const server = await startTestServer()
  process.env[serverVariable] = JSON.stringify(server.address)
  after(() => server.stop())
  return server.address
}

export interface TestDatabase {
  readonly database: Database
  /** Makes an organisation and gives its id. */
  newOrganisation(name?: string): Promise<number>
}

/** A fresh, migrated database, closed when the test file is done. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const address = await testServer()
  const database = await openDatabase({ ...address, database: `test_${randomBytes(6).toString('hex')}` })
  after(() => database.close())
  return {
    database,
    newOrganisation: (name = 'Test organisation') =>
      database.asOwner(async (client) => {
        const { rows } = await client.query<{ id: number }>(
          'insert into organisation (name) values ($1) returning id',
          [name],
        )
        return Number(rows[0]?.id)
      }),
  }
}

/** Runs one transaction for an organisation, as a test actor at a fixed moment. */
export function asTester<T>(
  database: Database,
  organisationId: number,
  work: (context: Context) => Promise<T>,
  now = new Date('2026-11-02T12:00:00Z'),
): Promise<T> {
  return database.inOrganisation(organisationId, (db) => work({ db, actor: 'operator:tester', now, today: dayOf(now) }))
}
