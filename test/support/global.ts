/** Starts the one server of a test run before the first file, and stops it after the last. */
import { serverVariable, startTestServer } from '#platform/testing.ts'

let stop: (() => Promise<void>) | undefined

export async function globalSetup(): Promise<void> {
  const server = await startTestServer()
  process.env[serverVariable] = JSON.stringify(server.address)
  stop = server.stop
}

export async function globalTeardown(): Promise<void> {
  await stop?.()
}
