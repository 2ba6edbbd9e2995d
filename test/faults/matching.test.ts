/** Ways in which a leaver's open account could slip out of sight: small folders, read as a person would drop them. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { assessFolder } from '#cli/assess.ts'
import { readConfig } from '#platform/config.ts'
import { endOfDay } from '#platform/days.ts'

/** Assesses files as of 2 November 2026 and gives the leavers' safeguard and the findings by subject. */
async function assess(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-matching-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    const { posture } = await assessFolder(readConfig({}, []), folder, {
      now: endOfDay('2026-11-02'),
      collectedOn: '2026-11-02',
    })
    const leavers = posture.practices
      .flatMap((practice) => practice.safeguards)
      .find(({ name }) => name === 'access.leavers-lose-access')
    return {
      leavers,
      questions: posture.openQuestions,
      findings: posture.findings.map(({ safeguard, subject }) => `${safeguard} ${subject.key}`),
      statusOf: (wanted: string) =>
        posture.practices.flatMap(({ safeguards }) => safeguards).find(({ name }) => name === wanted)?.status,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const staffHeader = 'Employee ID,First Name,Last Name,Email,Status,Hire Date,Termination Date'
const accountsHeader = 'System,Username,Display Name,Email,Employee ID,Enabled,Last Login'

test('an account that bears a leaver’s name under another person’s user name is a question, not that person’s', async () => {
  const { leavers, questions } = await assess({
    'staff.csv': `${staffHeader}\n1,John,Smith,jsmith@clinic.org,Active,2019-01-01,\n2,Jane,Smith,jane@clinic.org,Terminated,2019-01-01,2026-08-01\n`,
    'accounts.csv': `${accountsHeader}\nEpic,jsmith,Jane Smith,,,true,2026-11-01\n`,
  })
  assert.equal(questions, 1)
  assert.equal(leavers?.status, 'unknown')
  assert.equal(leavers?.subjects.unknown, 1)
})

test('of two people with one name of whom one has left, an account that could be either’s stays in sight', async () => {
  const { leavers, questions } = await assess({
    'staff.csv': `${staffHeader}\n1,Ana,Ruiz,a1@clinic.org,Active,2019-01-01,\n2,Ana,Ruiz,a2@clinic.org,Terminated,2019-01-01,2026-08-01\n`,
    'accounts.csv': `${accountsHeader}\nEpic,u7,Ana Ruiz,,,true,2026-11-01\n`,
  })
  assert.equal(questions, 1)
  assert.equal(leavers?.status, 'unknown')
})

test('a second list that does not say who has left does not bring a leaver back', async () => {
  const { findings } = await assess({
    'staff.csv': `${staffHeader}\n2,Jane,Smith,jane@clinic.org,Terminated,2019-01-01,2026-08-01\n3,Tom,Baker,tom@clinic.org,Active,2019-01-01,\n`,
    'phone list staff.csv':
      'Employee ID,First Name,Last Name,Email,Department,Job Title\n2,Jane,Smith,jane@clinic.org,Nursing,Nurse\n3,Tom,Baker,tom@clinic.org,Billing,Clerk\n',
    'accounts.csv': `${accountsHeader}\nEpic,jane,Jane Smith,jane@clinic.org,2,true,2026-11-01\n`,
  })
  assert.ok(findings.includes('access.leavers-lose-access Epic/jane'), findings.join('\n'))
})

test('two lists that number differently do not make one person of two', async () => {
  const { findings, leavers } = await assess({
    'employees.csv': `${staffHeader}\n101,John,Smith,john@clinic.org,Terminated,2019-01-01,2026-08-01\n102,Tom,Baker,tom@clinic.org,Active,2019-01-01,\n`,
    'contractors staff.csv': `${staffHeader}\n101,Mary,Moss,mary@agency.org,Active,2025-01-01,\n`,
    'accounts.csv': `${accountsHeader}\nEpic,john,John Smith,john@clinic.org,,true,2026-11-01\n`,
  })
  assert.equal(leavers?.subjects.failed, 1)
  assert.ok(findings.includes('access.leavers-lose-access Epic/john'))
})

test('one user name in two domains is two accounts', async () => {
  const { findings } = await assess({
    'staff.csv': `${staffHeader}\n9,John,Smith,john@clinic.org,Active,2019-01-01,\n2,Jane,Smith,jane@clinic.org,Terminated,2019-01-01,2026-08-01\n`,
    'accounts.csv': `${accountsHeader}\nAD,EAST\\jsmith,John Smith,,9,true,2026-11-01\nAD,WEST\\jsmith,Jane Smith,,2,true,2026-10-01\n`,
  })
  assert.deepEqual(
    findings.filter((finding) => finding.startsWith('access.leavers-lose-access')),
    ['access.leavers-lose-access AD/WEST\\jsmith'],
  )
})

test('a list of those who are here only cannot say that nobody who left has an account', async () => {
  const { leavers } = await assess({
    'staff.csv':
      'Employee ID,First Name,Last Name,Email,Department,Job Title\n1,Ann,Archer,ann@clinic.org,Nursing,Nurse\n2,Bob,Baker,bob@clinic.org,Billing,Clerk\n',
    'accounts.csv': `${accountsHeader}\nEpic,ann,Ann Archer,ann@clinic.org,1,true,2026-11-01\n`,
  })
  assert.equal(leavers?.status, 'unknown')
})

test('a training record under another number does not count for somebody of the same name', async () => {
  const { statusOf } = await assess({
    'staff.csv': `${staffHeader}\n12,Maria,Garcia,maria@clinic.org,Active,2019-01-01,\n13,Tom,Baker,tom@clinic.org,Active,2019-01-01,\n`,
    'training.csv':
      'Employee ID,Name,Course,Completed,Status\n900,Maria Garcia,HIPAA Security,2026-05-01,Completed\n13,Tom Baker,HIPAA Security,2026-05-01,Completed\n12,Maria Garcia,HIPAA Security,2024-05-01,Completed\n',
  })
  // Nor is it held against her: whose it is, nobody can tell.
  assert.equal(statusOf('training.completed-yearly'), 'unknown')
})
