/**
 * The peer of an authenticated small read: Hono and `pg` alone, which look up the token by the same function and read the
 * same row in the same transaction with the organisation set. No contract, no limits, no log. A process of its own, told by
 * `BENCH_DATABASE` how to sign in as the application's role; it prints where it listens.
 */
import { hash } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import pg from 'pg'

interface Holder {
  readonly organisationId: string
  readonly expiresAt: Date
}

const connection: pg.PoolConfig = JSON.parse(process.env['BENCH_DATABASE'] ?? '{}')
const pool = new pg.Pool({ ...connection, max: 10, options: '-c search_path=vigil' })
pool.on('error', () => undefined)

const app = new Hono()
app.get('/organisation', async (c) => {
  const token = c.req.header('authorization')?.replace(/^Bearer /, '') ?? ''
  const found = await pool.query<Holder>({
    name: 'holder',
    text: 'select organisation_id as "organisationId", expires_at as "expiresAt" from find_api_token($1)',
    values: [hash('sha256', token, 'buffer')],
  })
  const [holder] = found.rows
  if (!holder || holder.expiresAt.getTime() <= Date.now()) return c.json({}, 401)
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query(`begin; set local vigil.organisation = '${Number(holder.organisationId)}'`)
    const { rows } = await client.query({
      name: 'organisation',
      text: 'select id, name, time_zone as "timeZone" from organisation where id = (select current_organisation())',
    })
    await client.query('commit')
    return c.json(rows[0])
  } catch (error) {
    broken = error as Error
    throw error
  } finally {
    client.release(broken)
  }
})
app.onError((_error, c) => c.json({}, 500))

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  process.stdout.write(`http://127.0.0.1:${port}\n`)
})
