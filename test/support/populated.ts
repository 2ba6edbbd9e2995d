/**
 * An organisation with at least one of everything that endpoints speak of, filled through its own doors wherever there is one.
 * Every text in it, those of the imported files too, holds a word that stands nowhere else: where another organisation is
 * shown that word, something leaked.
 */
import assert from 'node:assert/strict'
import { responseRoles } from '#core/intake/model.ts'
import { writeReference } from '#core/safeguards/store.ts'
import { operatingSystems } from '#core/systems/operating-systems.data.ts'
import { openTask } from '#core/tasks/service.ts'
import { type Role, roles } from '#platform/contract.ts'
import { type Database, sql } from '#platform/database.ts'
import { dayOf } from '#platform/days.ts'
import { followStories } from '#practices/access/cases/following.ts'
import { sealWords } from '#practices/access/trail/keeping.ts'
import { mirrorTrail } from '#practices/access/trail/sources.ts'
import { practices } from '#practices/index.ts'
import type { Story } from '#trail/model/story.ts'
import type { Answer, Client, SignedIn, TestServer } from './server.ts'

/** The roles that members hold; programs have tokens. */
export const memberRoles = (Object.keys(roles) as Role[]).filter((role) => role !== 'api-client')

/** The ids of an organisation's things, one of each, as endpoints ask for them. */
export interface Ids {
  readonly organisationId: number
  readonly memberId: number
  readonly disabledMemberId: number
  readonly invitationId: number
  readonly tokenId: number
  readonly sessionId: number
  readonly passkeyId: number
  readonly findingId: number
  readonly otherFindingId: number
  readonly exceptedFindingId: number
  readonly viewId: number
  readonly judgedAccountId: number
  readonly taskId: number
  readonly doneTaskId: number
  readonly questionId: number
  readonly candidateId: number
  readonly attestationId: number
  readonly evidenceId: string
  readonly sourceId: number
  readonly systemId: number
  readonly deviceId: number
  readonly runId: number
  readonly openDeliveryId: string
  readonly openFileId: string
  readonly deliveryId: string
  readonly mappingId: number
  readonly directoryId: number
  readonly jobId: number
  readonly failedJobId: number
  readonly webhookId: number
  readonly notificationId: number
  readonly trailQuestionId: string
  readonly destructionId: number
  readonly watchedId: number
  readonly caseId: string
}

export interface Populated {
  /** Stands in every text of it, letters only. */
  readonly mark: string
  readonly ids: Ids
  /** A member with every role, signed in with a second factor. */
  readonly officer: SignedIn
  /** Dana, to whom Ines and Arjun report. */
  readonly manager: SignedIn
  /** Olof, who has a task. */
  readonly staff: SignedIn
  /** Texts that people type, of this organisation, to look for. */
  readonly words: readonly string[]
}

/** The lists of the code, which Vigil writes when it starts. */
export function writeLists(database: Database): Promise<void> {
  return database.asOwner((client) =>
    writeReference(client, {
      safeguards: practices.flatMap(({ name, safeguards }) => safeguards.map((one) => ({ ...one, practice: name }))),
      operatingSystems,
      responseRoles,
    }),
  )
}

export async function populate(server: TestServer, mark: string): Promise<Populated> {
  const { services } = server
  const { database } = services
  const organisationId = await server.newOrganisation(`${mark} Clinic`)
  const host = `${mark.toLowerCase()}.example`
  const member = (name: string, held: readonly Role[]) =>
    server.member(organisationId, held, {
      name: `${name} ${mark}`,
      email: `${name.toLowerCase()}@${host}`,
    })
  const officer = await member('Quinn', memberRoles)
  const manager = await member('Dana', ['manager'])
  const staff = await member('Olof', ['staff'])
  const spare = await member('Spare', ['staff'])
  const disabled = await member('Gone', ['staff'])
  const made = doorOf(officer)
  await made('POST', `/members/${disabled.memberId}/disable`)

  const { id: deliveryId } = await made<{ id: string }>('POST', '/deliveries', { collectedOn: '2026-11-02' })
  for (const [name, text] of filesOf(mark, host)) await made.upload(deliveryId, name, text)
  const { jobId } = await made<{ jobId: number }>('POST', `/deliveries/${deliveryId}/import`)
  await server.runJobs(organisationId)
  const job = await made<{ state: string; failure: unknown }>('GET', `/jobs/${jobId}`)
  assert.equal(job.state, 'done', JSON.stringify(job.failure))

  const { id: openDeliveryId } = await made<{ id: string }>('POST', '/deliveries', {})
  const { id: openFileId } = await made.upload(
    openDeliveryId,
    `${mark} lab.csv`,
    `Kennung,Wort\n${mark}lab,eins\n${mark}zwei,zwei\n`,
  )
  const mapping = { format: 'accounts', system: `${mark} Lab`, columns: { Kennung: 'username' } }
  await made('PUT', `/deliveries/${openDeliveryId}/files/${openFileId}/mapping`, { mapping })

  const judged = await made<{ items: { id: number }[] }>('GET', '/safeguards/access.leavers-lose-access/subjects')
  const findings = await made<{ items: { id: number }[] }>('GET', '/findings')
  const [finding, otherFinding, excepted] = findings.items
  const findingId = idOf(finding)
  const exceptedFindingId = idOf(excepted)
  await made('PUT', `/findings/${findingId}/owner`, { owner: `Owner ${mark}` })
  await made('POST', `/findings/${findingId}/comments`, { comment: `Comment of ${mark}.` })
  await made('POST', `/findings/${exceptedFindingId}/exception`, {
    reason: `Reason of ${mark}.`,
    compensatingControl: `Control of ${mark}.`,
    approvedBy: `Quinn ${mark}`,
    expiresOn: '2026-12-31',
  })

  await made('PUT', `/findings/${idOf(findings.items[3])}/owner`, { memberId: officer.memberId })
  const view = await made<{ id: number }>('POST', '/views', {
    page: 'findings',
    name: `View of ${mark}`,
    query: 'owner=me',
  })
  await made('PUT', `/views/${view.id}/sharing`, { isShared: true })

  const taskIds = await database.inOrganisation(organisationId, async (db) => {
    const context = { db, actor: `member:${officer.memberId}`, now: server.now, today: dayOf(server.now) }
    const ids: number[] = []
    for (const [about, assignee] of [
      [`finding:${findingId}`, `member:${staff.memberId}`],
      [`finding:${exceptedFindingId}`, `member:${manager.memberId}`],
      ['system:1', undefined],
    ] as const) {
      const title = `Task of ${mark}`
      ids.push((await openTask(context, { kind: `review.${mark.toLowerCase()}`, title, about, assignee })).task.id)
    }
    return ids
  })

  const done = await made<{ id: number }>('POST', '/tasks', { title: `Done task of ${mark}` })
  await made('POST', `/tasks/${done.id}/complete`)
  await made('PUT', '/start', { size: '10-to-50', ehr: 'athena', directory: 'none', it: 'company' })

  const questions = await made<{ items: { id: number; candidates: { id: number }[] }[] }>('GET', '/questions')
  const { evidenceId } = await made.keep(`Binder of ${mark}`, `binder ${mark}.txt`, `What ${mark} keeps.`)
  await made('POST', `/evidence/${evidenceId}/links`, { about: `safeguard:${attestable}` })
  // Two of what is listed, so that there is a second page.
  await made.keep(`Second binder of ${mark}`, `second ${mark}.txt`, `What ${mark} keeps too.`)
  await made('POST', '/attestations', { safeguard: attestable, statement: `It was so at ${mark}.` })
  await made('POST', `/requirements/${encodeURIComponent('164.308(a)(3)(ii)(B)')}/decisions`, {
    decision: 'alternative',
    why: `Because ${mark} is small.`,
    approvedBy: `Quinn ${mark}`,
    reviewOn: '2027-10-01',
  })
  await made('POST', '/directories', { name: `Second directory ${mark}`, url: `ldaps://second.${host}` })
  const { attestationId } = await made<{ attestationId: number }>('POST', '/attestations', {
    safeguard: attestable,
    statement: `It is so at ${mark}.`,
    author: `Dana ${mark}`,
    population: `All of ${mark}`,
    sample: `Ten of ${mark}`,
    evidenceId,
  })
  await made('POST', `/requirements/${encodeURIComponent(addressable)}/decisions`, {
    decision: 'implement',
    why: `Because of ${mark}.`,
    approvedBy: `Quinn ${mark}`,
    reviewOn: '2027-10-01',
  })
  const directory = await made<{ id: number }>('POST', '/directories', {
    name: `Directory ${mark}`,
    url: `ldaps://directory.${host}`,
    bindDn: `cn=reader,o=${mark}`,
    password: `secret of ${mark}`,
    base: `o=${mark}`,
    system: `${mark} Directory`,
  })
  const invitation = await made<{ invitationId: number }>('POST', '/members/invitations', {
    name: `Invited ${mark}`,
    email: `invited@${host}`,
    roles: ['staff'],
  })
  await made('POST', '/members/invitations', { name: `Second ${mark}`, email: `second@${host}`, roles: ['staff'] })
  const token = await made<{ tokenId: number }>('POST', '/tokens', {
    name: `Script ${mark}`,
    scopes: ['findings:read'],
    expiresOn: '2027-01-01',
  })
  await made('POST', '/tokens', { name: `Other ${mark}`, scopes: ['posture:read'], expiresOn: '2027-01-01' })

  const { sourceId, runId } = await sourceWithRejects(made)
  const inSystems = await made<{ items: { id: number; accounts: unknown }[] }>('GET', '/systems')
  const inDevices = await made<{ items: { id: number }[] }>('GET', '/devices')
  const mappings = await made<{ items: { id: number }[] }>('GET', '/mappings')
  const rows = await database.inOrganisation(organisationId, async (db) => {
    const passkey = await sql<{ id: number }>`
      insert into identity_passkey (identity_id, credential_id, public_key, counter, transports, aaguid, backed_up, name,
        created_at)
      values (${officer.identityId}, ${`passkey-${mark}`}, '\\x00', 0, '{internal}', '', false, ${`Key of ${mark}`},
        ${server.now}) returning id`.execute(db)
    // No door makes a job fail on purpose.
    const failed = await sql<{ id: number }>`
      insert into job (kind, state, asked_by, input, failure, attempts, queued_at, started_at, finished_at)
      values ('checks.run', 'failed', ${`member:${officer.memberId}`}, '{"reason": "asked"}',
        ${JSON.stringify({ code: 'defect', detail: `Failure of ${mark}` })}::jsonb, 1, ${server.now}, ${server.now},
        ${server.now}) returning id`.execute(db)
    // No ledger of a test is so long that it has a hash of this level.
    await sql`insert into ledger_subtree (level, place, hash) values (6, 0, ${Buffer.from(mark)})`.execute(db)
    return { passkeyId: idOf(passkey.rows[0]), failedJobId: idOf(failed.rows[0]) }
  })

  const webhook = await made<{ id: number }>('POST', '/webhooks', {
    name: `${mark} desk`,
    url: `https://desk.${host}/told`,
  })
  await database.inOrganisation(organisationId, (db) =>
    sql`
      insert into webhook_attempt (webhook_id, seq, at, took_ms, status, problem)
      values (${webhook.id}, 1, ${server.now}, 12, 500, ${`${mark} answered 500`})`.execute(db),
  )
  await made('PUT', '/calendar', {})
  await made('PUT', '/retention/rejects', { days: 500 })
  // What the changes above set going has come to its end.
  await server.runJobs(organisationId)
  const trailIds = await populateTrail(server, organisationId, mark, officer)
  const notificationId = await tellOf(server, organisationId, mark, [officer.memberId, staff.memberId, spare.memberId])
  return {
    mark,
    officer,
    manager,
    staff,
    words: [mark, `Quinn ${mark}`, `Owner ${mark}`, `dana@${host}`, host, `${mark} EHR`, `member:${officer.memberId}`],
    ids: {
      organisationId,
      memberId: spare.memberId,
      disabledMemberId: disabled.memberId,
      invitationId: invitation.invitationId,
      tokenId: token.tokenId,
      sessionId: officer.sessionId,
      findingId,
      otherFindingId: idOf(otherFinding),
      exceptedFindingId,
      viewId: view.id,
      judgedAccountId: idOf(judged.items[0]),
      taskId: taskIds[0] ?? 0,
      doneTaskId: done.id,
      questionId: idOf(questions.items[0]),
      candidateId: idOf(questions.items[0]?.candidates[0]),
      attestationId,
      evidenceId,
      sourceId,
      systemId: idOf(inSystems.items.find(({ accounts }) => accounts !== null)),
      deviceId: idOf(inDevices.items[0]),
      runId,
      openDeliveryId,
      openFileId,
      deliveryId,
      mappingId: idOf(mappings.items[0]),
      directoryId: directory.id,
      jobId,
      ...rows,
      webhookId: webhook.id,
      notificationId,
      ...trailIds,
    },
  }
}

/**
 * A trail with a few accesses, a question about it, and two cases. Their stories are handed over as the trail would: what makes
 * one is tested with the rules.
 */
async function populateTrail(
  server: TestServer,
  organisationId: number,
  mark: string,
  officer: SignedIn,
): Promise<Pick<Ids, 'trailQuestionId' | 'destructionId' | 'watchedId' | 'caseId'>> {
  const { services, now } = server
  const made = doorOf(officer)
  const rows = ['10:00', '10:05', '11:00'].map(
    (time) => `2026-11-01 ${time},nurse.${mark},P-${mark},read,Chart of ${mark},${mark}-01`,
  )
  const table = ['Date,User,Patient ID,Action,Object,Workstation', ...rows, ''].join('\n')
  const pushed = await officer.call('POST', `/trail/events?source=Feed+${mark}&format=csv`, undefined, {
    raw: Buffer.from(table),
  })
  assert.equal((pushed.body as { accepted?: number }).accepted, 3, JSON.stringify(pushed.body))
  const asked = await made<{ question: { questionId: string } }>('POST', '/trail/ask/patient', {
    patient: `P-${mark}`,
    purpose: 'patient-request',
    why: `${mark} asked who.`,
  })
  await made('POST', '/trail/watched', { patients: [`P-1-${mark}`, `P-2-${mark}`], note: `Known in ${mark}` })
  const watched = await made<{ items: { id: number }[] }>('GET', '/trail/watched')
  await made('PUT', '/trail/settings', { retentionYears: 6, reviewWithinDays: 3, decideWithinDays: 14, tell: [] })
  await made('PUT', '/case-rules/family', { parameters: { crowd: 9 } })
  await made('PUT', '/trail/sources', { name: `Feed ${mark}`, title: `Log of ${mark}`, responsible: `Dana ${mark}` })
  const id = (letter: string) => `${Buffer.from(mark).toString('hex')}${letter.repeat(32)}`.slice(0, 32)
  const [first, second] = [story(id('a'), 1, mark, now), story(id('b'), 2, mark, now)]
  const destructionId = await services.database.inOrganisation(organisationId, async (db) => {
    const context = { db, actor: 'job:cases', now, today: dayOf(now) }
    await followStories(context, { services, organisationId }, { since: 0, stories: [first, second] })
    await mirrorTrail(context, {
      sources: [
        {
          source: `Feed ${mark}`,
          accepted: 3,
          rejected: 0,
          duplicates: 0,
          firstAt: now,
          lastReceivedAt: now,
          lastAt: now,
          gaps: [],
          missing: 0,
          usualSilenceMs: null,
        },
      ],
      state: { accesses: 3, logSize: 3, months: [{ month: '2026-11', lines: 3, state: 'kept' }] },
    })
    await sql`
      insert into trail_verification (asked_by, at, is_intact, size, problem, took_ms)
      values ('test', ${now}, false, 3, ${`A block of ${mark} was changed`}, 12)`.execute(db)
    await sql`insert into trail_worker_told (login, digest, said) values (${`nurse.${mark}`}, '\\x00', '{}')`.execute(
      db,
    )
    const reason = await sealWords({ organisationId, services }, '2019-01', `Past what ${mark} keeps`)
    const destruction = await sql<{ id: number }>`
      insert into trail_destruction (month, reason, asked_by, asked_at)
      values ('2019-01', ${reason}, 'member:1', ${now}) returning id`.execute(db)
    return idOf(destruction.rows[0])
  })
  // What was changed above has the safeguards judged.
  await server.runJobs(organisationId)
  return {
    trailQuestionId: asked.question.questionId,
    destructionId,
    watchedId: idOf(watched.items[0]),
    caseId: first.id,
  }
}

function story(id: string, version: number, mark: string, at: Date): Story {
  return {
    id,
    version,
    kind: 'family',
    score: 60 + version,
    state: 'open',
    explainedBy: '',
    logins: [`nurse.${mark}`],
    person: `Ines ${mark}`,
    department: `${mark} Ward`,
    role: `Nurse of ${mark}`,
    patients: [{ patient: `P-${mark}`, name: `Patient ${mark}` }],
    patientCount: 1,
    accesses: 3,
    days: 1,
    firstAt: new Date(at.getTime() - 86_400_000),
    lastAt: at,
    narrative: `Opened a record at ${mark}.`,
    told: [{ kind: 'family', says: `The same street as ${mark}.` }],
    missed: [`an appointment at ${mark}`],
  }
}

/** News for a member and a mail of it, and a server for mail; nobody is to be told at once, so that nothing is left waiting. */
async function tellOf(
  server: TestServer,
  organisationId: number,
  mark: string,
  [reader = 0, ...others]: readonly number[],
): Promise<number> {
  const { now } = server
  return server.services.database.inOrganisation(organisationId, async (db) => {
    await sql`
      insert into mail_settings (way, host, port, security, from_address, changed_by, changed_at)
      values ('own', ${`mail.${mark.toLowerCase()}.invalid`}, 587, 'starttls', ${`vigil@${mark.toLowerCase()}.example`},
        'test', ${now})`.execute(db)
    await sql`
      insert into mail (purpose, member_id, words, state, attempts, next_at, made_at, ended_at)
      select 'digest', ${reader}, '{"findings-opened": 3}', 'sent', 1, ${now}, ${now}, ${now}
      from generate_series(1, 2)`.execute(db)
    await sql`
      insert into notification_choice (member_id, digest, hour, at_once, chosen_at)
      select id, 'off', 7, '{}', ${now} from unnest(${[reader, ...others]}::bigint[]) id`.execute(db)
    await sql`
      insert into notification_digest (member_id, digest_on, made_at) values (${reader}, '2026-11-02', ${now})`.execute(
      db,
    )
    await sql`
      insert into notification_told (kind, about, since, told_at)
      values ('source-silent', 'source:1', ${mark}, ${now})`.execute(db)
    const news = await sql<{ id: number }>`
      insert into notification (member_id, kind, about, words, made_at)
      select ${reader}, 'mentioned', 'finding:1', ${JSON.stringify({ title: `Title of ${mark}` })}::jsonb, ${now}
      from generate_series(1, 2) returning id`.execute(db)
    return idOf(news.rows[0])
  })
}

/** A safeguard that people speak for, and a paragraph on which an organisation decides. */
export const attestable = 'continuity.plan-current'
export const addressable = '164.308(a)(3)(ii)(A)'

interface Door {
  <T = unknown>(method: string, path: string, body?: unknown): Promise<T>
  upload(deliveryId: string, name: string, text: string): Promise<{ id: string }>
  keep(title: string, fileName: string, text: string): Promise<{ evidenceId: string }>
}

/** Calls that must succeed: a population with a gap would make the tests that stand on it easier than they seem. */
function doorOf(client: Client): Door {
  const said = ({ status, body }: Answer, what: string) => {
    assert.ok(status >= 200 && status < 300, `${what}: ${status} ${JSON.stringify(body)}`)
    return body
  }
  const send = async (method: string, path: string, body?: unknown) =>
    said(await client.call(method, path, body), `${method} ${path}`)
  const sendFile = async (method: string, path: string, query: Readonly<Record<string, string>>, text: string) =>
    said(
      await client.call(method, `${path}?${new URLSearchParams(query)}`, null, { raw: Buffer.from(text) }),
      `${method} ${path}`,
    )
  return Object.assign(send as Door, {
    upload: async (deliveryId: string, name: string, text: string) =>
      (await sendFile('PUT', `/deliveries/${deliveryId}/files`, { name }, text)) as { id: string },
    keep: async (title: string, fileName: string, text: string) => {
      const kept = (await sendFile('POST', '/evidence', { title, fileName }, text)) as { id: string }
      return { evidenceId: kept.id }
    },
  })
}

/** The source of which a row could not be read, and that run. */
async function sourceWithRejects(made: Door): Promise<{ sourceId: number; runId: number }> {
  const { items } = await made<{ items: { id: number; runId: number | null; rejects: number }[] }>('GET', '/sources')
  const found = items.find(({ rejects }) => rejects > 0)
  assert.ok(found?.runId, 'no source has a row that could not be read')
  return { sourceId: found.id, runId: found.runId }
}

function idOf(row: { readonly id: number } | undefined): number {
  assert.ok(row, 'something is missing from the population')
  return row.id
}

/** What a clinic's systems export, small, with the faults that make findings and questions. */
function filesOf(mark: string, host: string): readonly (readonly [name: string, text: string])[] {
  const low = mark.toLowerCase()
  const table = (...lines: readonly string[]) => `${lines.join('\n')}\n`
  return [
    [
      `${mark} staff.csv`,
      table(
        'Employee Number,Name,Work Email,Job Title,Department,Employment Status,Hire Date,Termination Date,Manager ID',
        `1001,Dana ${mark},dana@${host},Practice Manager of ${mark},${mark} Office,Active,2015-09-14,,`,
        `1002,Ines ${mark},ines@${host},Nurse of ${mark},${mark} Ward,Active,2019-04-01,,1001`,
        `1003,Arjun ${mark},arjun@${host},Nurse of ${mark},${mark} Ward,Terminated,2021-02-08,2025-12-10,1001`,
        `1004,Olof ${mark},olof@${host},Physician of ${mark},${mark} Ward,Active,2012-04-01,,`,
        `1005,Petra ${mark},petra@${host},Physician of ${mark},${mark} Ward,Terminated,2012-04-01,2026-02-01,1004`,
        `1006,Sam ${mark},sam.one@${host},Clerk of ${mark},${mark} Office,Active,2018-04-01,,1004`,
        `1007,Sam ${mark},sam.two@${host},Clerk of ${mark},${mark} Office,Active,2020-04-01,,1004`,
      ),
    ],
    [
      `${mark} EHR users.csv`,
      table(
        'User Name,Full Name,Email,Status,Role,Last Login,Description',
        `${low}.dana,Dana ${mark},dana@${host},Active,Manager,10/30/2026,Of ${mark}`,
        `${low}.ines,Ines ${mark},ines@${host},Active,Nurse,10/30/2024,Of ${mark}`,
        `${low}.arjun,Arjun ${mark},arjun@${host},Active,Nurse,10/30/2026,Of ${mark}`,
        `${low}.petra,Petra ${mark},petra@${host},Active,Physician,10/30/2026,Of ${mark}`,
        `${low}.sam,Sam ${mark},,Active,Clerk,10/30/2026,Of ${mark}`,
        `${low}.frontdesk,Front Desk ${mark},,Active,Registration,11/01/2026,Of ${mark}`,
      ),
    ],
    [
      `${mark} training records.csv`,
      table(
        'Employee ID,Employee Name,Course,Due Date,Completion Date,Status,Score',
        `1002,Ines ${mark},HIPAA Security Awareness ${mark},2026-06-30,2026-05-21,Completed,92%`,
        `1001,Dana ${mark},HIPAA Security Awareness ${mark},2026-06-30,,Not started,`,
        `1004,Olof ${mark},HIPAA Security Awareness ${mark},2026-06-30,some day,Completed,80%`,
      ),
    ],
    [
      `${mark} devices.csv`,
      table(
        'Device Name,Serial Number,Type,Manufacturer,Model,Operating System,OS Version,Encrypted,Antivirus,Assigned To,Last Seen,Status',
        `${mark}-01,5CD${mark}1,Desktop,HP,ProDesk 600,Windows 11 Pro,23H2,No,Yes,Front Desk ${mark},2026-10-31,In use`,
        `${mark}-02,5CD${mark}2,Laptop,Apple,MacBook Air,macOS,15.7,No,,Ines ${mark},2026-11-01,In use`,
      ),
    ],
    [
      `${mark} software.csv`,
      table(
        'Computer Name,Software Name,Version,Publisher,Install Date',
        `${mark}-01,${mark} Viewer,9.0.4,${mark} Software,2026-06-03`,
        `${mark}-01,${mark} Player,1.0.4,${mark} Software,2026-06-04`,
      ),
    ],
    [
      `${mark} systems.csv`,
      table(
        'System Name,Type,Vendor,Contains PHI,Owner,Hosting,RPO Hours,RTO Hours,MFA Required,Encrypted at Rest,Encrypted in Transit,SSO',
        `${mark} EHR,EHR,${mark} Supplies,Yes,Dana ${mark},SaaS,24,8,Yes,No,Yes,`,
        `${mark} NAS,File share,${mark} Supplies,Yes,Dana ${mark},On-premises,24,48,No,No,No,`,
      ),
    ],
    [
      `${mark} vendors.csv`,
      table(
        'Vendor,Service,PHI,BAA,BAA Date,BAA Expires,Last Assessed,Contact Email',
        `${mark} Supplies,Records of ${mark},Yes,No,,,,office@${host}`,
      ),
    ],
    [
      `${mark} MFA registration.csv`,
      table(
        'User Principal Name,Display Name,Is MFA Registered,Methods Registered',
        `ines@${host},Ines ${mark},No,`,
        `dana@${host},Dana ${mark},Yes,Key of ${mark}`,
      ),
    ],
    [
      `${mark} backups.csv`,
      table(
        'System,Job,Last Run,Result,Last Success,Encrypted,Last Restore Test,Restore Result',
        `${mark} EHR,Nightly of ${mark},2026-11-02 02:10,Success,2026-11-02 02:10,Yes,2026-05-18,Passed`,
        `${mark} NAS,Weekly of ${mark},2026-10-26 03:00,Failed,2026-10-19 03:00,No,,`,
      ),
    ],
    [
      `${mark} response roles.csv`,
      table(
        'Role,Name,Email,Phone,Deputy,Deputy Phone,Last Confirmed',
        `Incident lead,Dana ${mark},dana@${host},555-0100,Ines ${mark},555-0101,2026-09-01`,
      ),
    ],
    [
      `${mark} exercises.csv`,
      table(
        'Exercise,Exercise Type,Date Held,Participants,Facilitator,After Action Report',
        `Ransomware at ${mark},Tabletop,2026-03-12,7,Dana ${mark},2026-03-20`,
      ),
    ],
    [
      `${mark} assessments.csv`,
      table(
        'Assessment,Assessment Type,Date Completed,Performed By,Scope',
        `Risk analysis of ${mark},Risk analysis,2025-04-30,Dana ${mark},Whole of ${mark}`,
      ),
    ],
    [
      `${mark} approvals.csv`,
      table(
        'Product,Publisher,Approved Versions,Decision,Decision Date,Expires,Owner',
        `${mark} Viewer,${mark} Software,any,Denied,2026-01-15,,Dana ${mark}`,
      ),
    ],
    [
      `${mark} attestations.csv`,
      table(
        'Safeguard,Statement,Attested By,Date,Valid Until,Evidence',
        `access.reviewed,I compared every account of ${mark}.,Dana ${mark},2026-09-30,,Binder of ${mark}`,
      ),
    ],
    [`${mark} notes.txt`, `Notes of ${mark}, which are no list.\n`],
  ]
}

/**
 * Digests of all rows of an organisation and of its members' sign-ins, table by table, so that what changed is seen by
 * name. When somebody was last seen is left out: to look is no change.
 */
export async function digestRows(
  database: Database,
  organisationId: number,
  { without = [] }: { readonly without?: readonly string[] } = {},
): Promise<Readonly<Record<string, string>>> {
  return database.asOwner(async (client) => {
    const found = await client.query<{ table: string; name: string }>(
      `select relation.relname as "table", attname as name from pg_class relation
       join pg_attribute on attrelid = relation.oid and attname in ('organisation_id', 'identity_id')
       where relation.relnamespace = 'vigil'::regnamespace and relation.relkind = 'r'
       order by relation.relname, attname`,
    )
    const tables = new Map(found.rows.map(({ table, name }) => [table, name]))
    const digests: Record<string, string> = {}
    const conditions = new Map<string, string>([
      ['organisation', 'id = $1'],
      ['identity', 'id in (select identity_id from member where organisation_id = $1)'],
    ])
    for (const [table, name] of tables) {
      const whose = 'in (select identity_id from member where organisation_id = $1)'
      conditions.set(table, name === 'organisation_id' ? 'organisation_id = $1' : `identity_id ${whose}`)
    }
    for (const [table, condition] of conditions) {
      if (without.includes(table)) continue
      const { rows } = await client.query<{ digest: string; count: string }>(
        `select md5(coalesce(string_agg(row, ' ' order by row), '')) as digest, count(*) as count
         from (select (to_jsonb(one) - 'seen_at' - 'used_at')::text as row from "${table}" one where ${condition}) rows`,
        [organisationId],
      )
      digests[table] = `${rows[0]?.count} rows, ${rows[0]?.digest}`
    }
    return digests
  })
}
