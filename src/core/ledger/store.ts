/** The ledger's rows. The log's own row is locked while entries are appended, so that their order is the order of commits. */
import type pg from 'pg'
import { type Db, sql } from '#platform/database.ts'
import { parseCheckpoint } from '#platform/transparency/checkpoint.ts'
import { Frontier, leafHash } from '#platform/transparency/merkle.ts'
import { fanOut, type Span, type Subtree, Subtrees } from '#platform/transparency/subtrees.ts'
import type { Outcome } from './model/entry.ts'

export interface LogRow {
  readonly organisationId: number
  readonly origin: string
  readonly size: number
  readonly frontier: Buffer
  readonly payloadKey: string
}

const logColumns = sql`organisation_id as "organisationId", origin, size, frontier, payload_key as "payloadKey"`

export async function findLog(db: Db): Promise<LogRow | undefined> {
  const { rows } = await sql<LogRow>`select ${logColumns} from ledger_log`.execute(db)
  return rows[0]
}

/** Reads and locks the log, so that two transactions cannot append at one place. */
export async function lockLog(db: Db): Promise<LogRow | undefined> {
  const { rows } = await sql<LogRow>`select ${logColumns} from ledger_log for update`.execute(db)
  return rows[0]
}

export async function insertLog(db: Db, log: { origin: string; payloadKey: string }): Promise<void> {
  await sql`
    insert into ledger_log (origin, payload_key) values (${log.origin}, ${log.payloadKey})
    on conflict do nothing`.execute(db)
}

export interface NewEntry {
  readonly seq: number
  readonly line: string
  readonly leafHash: Buffer
  readonly salt: Buffer
  readonly payload: Buffer
}

export async function insertEntries(
  db: Db,
  entries: readonly NewEntry[],
  frontier: Buffer,
  size: number,
): Promise<void> {
  await sql`
    with made as (
      insert into ledger_entry (seq, line, leaf_hash, salt, payload)
      select * from unnest(${entries.map(({ seq }) => seq)}::bigint[], ${entries.map(({ line }) => line)}::text[],
        ${entries.map(({ leafHash }) => leafHash)}::bytea[], ${entries.map(({ salt }) => salt)}::bytea[],
        ${entries.map(({ payload }) => payload)}::bytea[])
      returning seq, line
    )
    insert into ledger_subject (subject, seq) select subject, seq from made, subjects_of_entry(line) subject`.execute(
    db,
  )
  await sql`update ledger_log set size = ${size}, frontier = ${frontier}`.execute(db)
}

export async function insertCheckpoint(
  db: Db,
  checkpoint: { size: number; note: string; signedAt: Date },
): Promise<void> {
  await sql`
    insert into ledger_checkpoint (size, note, signed_at)
    values (${checkpoint.size}, ${checkpoint.note}, ${checkpoint.signedAt})
    on conflict do nothing`.execute(db)
}

export interface StoredEntry {
  readonly seq: number
  readonly line: string
  readonly salt: Buffer | null
  readonly payload: Buffer | null
}

/** Entries in order, from a place on, in batches; the transaction's snapshot keeps them one log. */
export async function* readEntries(
  db: Db,
  from: number,
  to: number,
  batch = 2_000,
): AsyncGenerator<readonly StoredEntry[]> {
  for (let next = from; next < to; ) {
    const { rows } = await sql<StoredEntry>`
      select seq, line, salt, payload from ledger_entry
      where seq >= ${next} and seq < ${Math.min(to, next + batch)} order by seq`.execute(db)
    if (rows.length === 0) return
    yield rows
    next = (rows.at(-1)?.seq ?? to) + 1
  }
}

export interface EntryFilter {
  readonly action: string | undefined
  readonly actor: string | undefined
  readonly outcome: Outcome | undefined
  readonly subject: string | undefined
  readonly from: Date | undefined
  readonly until: Date | undefined
}

/** Lines of entries below a place, the newest first. */
export async function listLines(
  db: Db,
  filter: EntryFilter,
  page: { readonly below: number | undefined; readonly limit: number },
): Promise<readonly string[]> {
  const { action, actor, outcome, subject, from, until } = filter
  const conditions = [page.below === undefined ? sql`true` : sql`seq < ${page.below}`]
  // No character of an action sorts after a tilde, so what begins with these words lies between the two.
  if (action?.endsWith('.')) conditions.push(sql`action >= ${action} and action < ${`${action}~`}`)
  else if (action !== undefined) conditions.push(sql`action = ${action}`)
  if (actor !== undefined) conditions.push(sql`actor = ${actor}`)
  if (outcome !== undefined) conditions.push(sql`outcome = ${outcome}`)
  if (subject !== undefined) conditions.push(sql`seq in (select seq from ledger_subject where subject = ${subject})`)
  // Instants are written in one way, so their order is that of their letters.
  if (from !== undefined) conditions.push(sql`at_text >= ${from.toISOString()}`)
  if (until !== undefined) conditions.push(sql`at_text < ${until.toISOString()}`)
  const { rows } = await sql<{ line: string }>`
    select line from ledger_entry where ${sql.join(conditions, sql` and `)}
    order by seq desc limit ${page.limit}`.execute(db)
  return rows.map(({ line }) => line)
}

export async function findEntry(db: Db, seq: number): Promise<(StoredEntry & { leafHash: Buffer }) | undefined> {
  const { rows } = await sql<StoredEntry & { leafHash: Buffer }>`
    select seq, line, salt, payload, leaf_hash as "leafHash" from ledger_entry where seq = ${seq}`.execute(db)
  return rows[0]
}

export async function findNewestCheckpoint(db: Db): Promise<{ size: number; note: string } | undefined> {
  const { rows } = await sql<{ size: number; note: string }>`
    select size, note from ledger_checkpoint order by size desc limit 1`.execute(db)
  return rows[0]
}

/** Keeps the roots of subtrees that have become whole. */
export async function insertSubtrees(db: Db, made: readonly Subtree[]): Promise<void> {
  if (made.length === 0) return
  await sql`
    insert into ledger_subtree (level, place, hash)
    select * from unnest(${made.map(({ level }) => level)}::integer[], ${made.map(({ place }) => place)}::bigint[],
      ${made.map(({ hash }) => hash)}::bytea[])`.execute(db)
}

/**
 * The hashes of spans as they are kept, each span's in their order. One that is not kept (the log was written by hand, or
 * brought from elsewhere) is worked out from the leaves.
 */
export async function readSpans(db: Db, spans: readonly Span[]): Promise<ReadonlyMap<Span, readonly Buffer[]>> {
  const read = new Map<Span, Buffer[]>()
  const levels = new Set(spans.map(({ level }) => level))
  for (const level of levels) {
    const wanted = spans.filter((span) => span.level === level)
    // Named one by one, some hundred of them: an index finds those, where it would be left for a range of unknown length.
    const places = wanted.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at))
    const { rows } = await (level === 0
      ? sql<{ place: number; hash: Buffer }>`
          select seq as place, leaf_hash as hash from ledger_entry where seq = any (${places}::bigint[])`
      : sql<{ place: number; hash: Buffer }>`
          select place, hash from ledger_subtree where level = ${level}::integer and place = any (${places}::bigint[])`
    ).execute(db)
    const kept = new Map(rows.map(({ place, hash }) => [place, hash]))
    for (const span of wanted) {
      const hashes: Buffer[] = []
      for (let place = span.from; place < span.to; place += 1) {
        hashes.push(kept.get(place) ?? (await growSubtree(db, level, place)))
      }
      read.set(span, hashes)
    }
  }
  return read
}

async function growSubtree(db: Db, level: number, place: number): Promise<Buffer> {
  const length = fanOut ** level
  const frontier = Frontier.empty()
  for await (const leaves of readLeafHashes(db, place * length, (place + 1) * length)) {
    for (const leaf of leaves) frontier.append(leaf)
  }
  if (frontier.size !== length) throw new Error('entries of the ledger are missing')
  return frontier.root()
}

/** Leaf hashes of a range of entries, in order, in batches. */
export async function* readLeafHashes(db: Db, from: number, to: number): AsyncGenerator<readonly Buffer[]> {
  for (let next = from; next < to; next += verifiedAtOnce) {
    const { rows } = await sql<{ leafHash: Buffer }>`
      select leaf_hash as "leafHash" from ledger_entry
      where seq >= ${next} and seq < ${Math.min(to, next + verifiedAtOnce)} order by seq`.execute(db)
    yield rows.map(({ leafHash }) => leafHash)
  }
}

/** Checkpoints by size, not more often than every so many entries, up to a size. */
export async function* readCheckpoints(db: Db, upTo: number, every: number): AsyncGenerator<string> {
  let from = 1
  for (;;) {
    const { rows } = await sql<{ size: number; note: string }>`
      select size, note from ledger_checkpoint where size >= ${from} and size <= ${upTo} order by size limit 1`.execute(
      db,
    )
    const [row] = rows
    if (!row) return
    yield row.note
    from = row.size + every
  }
}

/** Destroys the payload of one entry; the log, which holds only its digest, stays whole. */
export async function shredPayload(db: Db, seq: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update ledger_entry set salt = null, payload = null where seq = ${seq} and payload is not null`.execute(db)
  return (numAffectedRows ?? 0n) > 0n
}

/** What `verifyStoredLogs` found: `broken` says in words what does not hold, of the first log in which something does not. */
export interface StoredLogs {
  readonly logs: number
  readonly entries: number
  readonly broken: string | undefined
}

const verifiedAtOnce = 5_000

/**
 * Recomputes the tree of every organisation's log from its entries, as the database's owner and in the transaction that is
 * open, and compares it with what is kept of it: the frontier to append to, and the newest checkpoint. Constant memory.
 */
export async function verifyStoredLogs(client: pg.Client): Promise<StoredLogs> {
  const { rows } = await client.query<Omit<LogRow, 'payloadKey'>>(
    'select organisation_id as "organisationId", origin, size, frontier from ledger_log order by organisation_id',
  )
  let entries = 0
  for (const log of rows) {
    const broken = await verifyStoredLog(client, log)
    if (broken !== undefined) return { logs: rows.length, entries, broken: `${broken} (${log.origin})` }
    entries += log.size
  }
  const stray = await client.query(
    'select from ledger_entry where organisation_id not in (select organisation_id from ledger_log) limit 1',
  )
  const broken = stray.rowCount ? 'there are entries without a log' : undefined
  return { logs: rows.length, entries, broken }
}

async function verifyStoredLog(client: pg.Client, log: Omit<LogRow, 'payloadKey'>): Promise<string | undefined> {
  const grown = Frontier.empty()
  const subtrees = new Subtrees()
  let wrongSubtree: string | undefined
  for (;;) {
    const { rows } = await client.query<{ seq: number; line: string; leafHash: Buffer }>(
      `select seq, line, leaf_hash as "leafHash" from ledger_entry
       where organisation_id = $1 and seq >= $2 order by seq limit ${verifiedAtOnce}`,
      [log.organisationId, grown.size],
    )
    const made: Subtree[] = []
    for (const { seq, line, leafHash: kept } of rows) {
      if (seq !== grown.size) return `entry ${grown.size} is missing`
      const leaf = leafHash(Buffer.from(line))
      if (!leaf.equals(kept)) return `entry ${seq} is not what was appended`
      grown.append(leaf)
      made.push(...subtrees.append(leaf))
    }
    wrongSubtree ??= await findWrongSubtree(client, log.organisationId, made)
    if (rows.length < verifiedAtOnce) break
  }
  if (grown.size !== log.size) return `it has ${grown.size} entries and should have ${log.size}`
  if (log.size > 0 && !grown.toBuffer().equals(log.frontier))
    return 'its entries are not those that its tree was grown from'
  if (wrongSubtree !== undefined) return wrongSubtree
  return verifyNewestCheckpoint(client, log, grown)
}

/** Of the subtrees that a log has, the first of which something else is kept; one that is not kept is made anew when needed. */
async function findWrongSubtree(
  client: pg.Client,
  organisationId: number,
  made: readonly Subtree[],
): Promise<string | undefined> {
  if (made.length === 0) return undefined
  const { rows } = await client.query<{ level: number; place: number }>(
    `select kept.level, kept.place from unnest($2::integer[], $3::bigint[], $4::bytea[]) as made (level, place, hash)
     join ledger_subtree kept on kept.organisation_id = $1 and kept.level = made.level and kept.place = made.place
     where kept.hash <> made.hash order by 1, 2 limit 1`,
    [organisationId, made.map(({ level }) => level), made.map(({ place }) => place), made.map(({ hash }) => hash)],
  )
  const [wrong] = rows
  if (!wrong) return undefined
  const length = fanOut ** wrong.level
  const first = wrong.place * length
  return `the hash kept over the entries ${first} to ${first + length - 1} is not theirs`
}

async function verifyNewestCheckpoint(
  client: pg.Client,
  log: Omit<LogRow, 'payloadKey'>,
  grown: Frontier,
): Promise<string | undefined> {
  const { rows } = await client.query<{ note: string }>(
    'select note from ledger_checkpoint where organisation_id = $1 order by size desc limit 1',
    [log.organisationId],
  )
  const [newest] = rows
  if (!newest) return log.size === 0 ? undefined : 'no checkpoint of it is kept'
  const read = parseCheckpoint(newest.note)
  if (!read.ok) return 'its newest checkpoint cannot be read'
  const { origin, size, root } = read.value
  return origin === log.origin && size === log.size && root.equals(grown.root())
    ? undefined
    : 'its newest checkpoint was signed over other entries'
}
