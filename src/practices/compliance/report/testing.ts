/** Postures for the tests of the report: nothing in them is anybody's. */
import {
  type FindingPosture,
  type Posture,
  type PracticePosture,
  type SafeguardPosture,
  type Severity,
  type SourcePosture,
  type Status,
  type SubjectCounts,
  type SubjectKind,
  severities,
  worstStatus,
} from '#core/safeguards/model.ts'
import { addDays, type Day } from '#platform/days.ts'

const asOf: Day = '2026-11-12'

const staffList = 'a staff list (the export of your HR or payroll system, with people who have left)'
const backupReport = 'a backup report (what ran, of which system, and whether it succeeded)'
const vendorList = 'a list of vendors, with the day on which the business associate agreement was signed'

type Outline = readonly [
  claim: string,
  title: string,
  status: Status,
  severity: Severity,
  subject: SubjectKind,
  subjects: readonly [proved: number, attested: number, failed: number, unknown: number],
  citation: string,
  whyUnknown?: string,
]

const clinic: readonly (readonly [name: string, title: string, asks: string, safeguards: readonly Outline[]])[] = [
  [
    'assessments',
    'Risk assessments',
    'Look regularly for what could harm patient data, and deal with it.',
    [
      [
        'risk-analysis-current',
        'A risk analysis was done within the last year',
        'attested',
        'critical',
        'organisation',
        [0, 1, 0, 0],
        '164.308(a)(1)(ii)(A)',
      ],
      [
        'risks-treated',
        'Every high risk has an owner and a plan',
        'unknown',
        'high',
        'requirement',
        [0, 0, 0, 0],
        '164.308(a)(1)(ii)(B)',
        'nothing is known of risks; it takes a risk register',
      ],
    ],
  ],
  [
    'training',
    'Training',
    'Teach everyone who works here, and keep them alert.',
    [
      [
        'everyone-trained',
        'Everybody who works here was trained within the last year',
        'failed',
        'medium',
        'person',
        [31, 0, 6, 2],
        '164.308(a)(5)(i)',
        'The training list does not name two people on the staff list.',
      ],
      [
        'new-people-trained',
        'New people are trained within 30 days',
        'proved',
        'medium',
        'person',
        [7, 0, 0, 0],
        '164.308(a)(5)(i)',
      ],
      [
        'phishing-tested',
        'Everybody was tested with a simulated phishing mail within the last half year',
        'unknown',
        'low',
        'person',
        [0, 0, 0, 39],
        '164.308(a)(5)(ii)(B)',
        'nothing is known of phishing tests; it takes the result of a simulation',
      ],
    ],
  ],
  [
    'authentication',
    'Authentication',
    'Make sure that whoever signs in is who they say they are.',
    [
      [
        'mfa-on-remote',
        'Every account that works from outside has a second factor',
        'failed',
        'critical',
        'account',
        [58, 12, 9, 4],
        '164.312(d)',
        'The EHR does not say whether four accounts have a second factor.',
      ],
      [
        'mfa-on-admins',
        'Every privileged account has a second factor',
        'failed',
        'critical',
        'account',
        [5, 0, 1, 0],
        '164.312(d)',
      ],
      [
        'passwords-expire-never',
        'No password of a service account is older than a year',
        'attested',
        'medium',
        'account',
        [0, 6, 0, 0],
        '164.308(a)(5)(ii)(D)',
      ],
      ['no-shared-accounts', 'No account is shared', 'failed', 'high', 'account', [70, 8, 3, 0], '164.312(a)(2)(i)'],
    ],
  ],
  [
    'encryption',
    'Encryption',
    'Keep patient data unreadable to whoever finds or takes it.',
    [
      [
        'disks-encrypted',
        'Every laptop and workstation has an encrypted disk',
        'failed',
        'critical',
        'device',
        [41, 0, 5, 0],
        '164.312(a)(2)(iv)',
      ],
      [
        'phones-encrypted',
        'Every phone that reads mail is managed and encrypted',
        'proved',
        'high',
        'device',
        [17, 0, 0, 0],
        '164.312(a)(2)(iv)',
      ],
      [
        'transport-encrypted',
        'Every system that sends patient data encrypts it on the way',
        'unknown',
        'high',
        'system',
        [0, 4, 0, 3],
        '164.312(e)(2)(ii)',
        'three systems were never scanned',
      ],
    ],
  ],
  [
    'patching',
    'Patching',
    'Keep software and devices up to date.',
    [
      [
        'supported-systems',
        'Every device runs an operating system that still gets updates',
        'failed',
        'high',
        'device',
        [52, 3, 8, 0],
        '164.308(a)(5)(ii)(B)',
      ],
      [
        'no-known-exploited',
        'No software in use has a weakness that is known to be exploited',
        'failed',
        'critical',
        'software',
        [310, 0, 2, 0],
        '164.308(a)(1)(ii)(B)',
      ],
      [
        'malware-protected',
        'Every workstation has protection against malware',
        'proved',
        'high',
        'device',
        [46, 0, 0, 0],
        '164.308(a)(5)(ii)(B)',
      ],
      [
        'medical-devices-known',
        'Every medical device has somebody who answers for its updates',
        'attested',
        'medium',
        'device',
        [0, 11, 0, 0],
        '164.310(d)(1)',
      ],
    ],
  ],
  [
    'access',
    'Access',
    'Let people reach what their work needs, and nothing after they leave.',
    [
      [
        'leavers-lose-access',
        'People who have left have no enabled account',
        'failed',
        'critical',
        'account',
        [198, 14, 28, 0],
        '164.308(a)(3)(ii)(C)',
      ],
      [
        'not-used-after-leaving',
        'No account was used after its owner’s last day',
        'failed',
        'critical',
        'account',
        [236, 0, 1, 3],
        '164.308(a)(3)(ii)(C)',
        'Mail does not say when three accounts were last used.',
      ],
      [
        'accounts-have-owner',
        'Every enabled account belongs to somebody who is here',
        'failed',
        'high',
        'account',
        [211, 0, 7, 0],
        '164.308(a)(3)(ii)(A)',
      ],
      [
        'no-dormant-accounts',
        'No enabled account of a person has gone unused for more than 90 days',
        'failed',
        'medium',
        'account',
        [180, 20, 12, 0],
        '164.308(a)(4)(ii)(C)',
      ],
      [
        'reviewed',
        'Access to patient data was reviewed within the last year',
        'attested',
        'medium',
        'organisation',
        [0, 1, 0, 0],
        '164.308(a)(4)(ii)(C)',
      ],
    ],
  ],
  [
    'continuity',
    'Continuity',
    'Be able to care for patients when systems are down, and bring them back.',
    [
      [
        'backups-run',
        'Every system with patient data has a backup of the last day',
        'unknown',
        'critical',
        'system',
        [0, 0, 0, 7],
        '164.308(a)(7)(ii)(A)',
        'nothing is known of backups; it takes a backup report',
      ],
      [
        'restores-tested',
        'A restore of every critical system was tested within the last year',
        'unknown',
        'critical',
        'system',
        [0, 0, 0, 7],
        '164.308(a)(7)(ii)(D)',
        'nothing is known of drills; it takes a list of drills',
      ],
      [
        'plan-current',
        'The contingency plan was reviewed within the last year',
        'attested',
        'high',
        'organisation',
        [0, 1, 0, 0],
        '164.308(a)(7)(i)',
      ],
    ],
  ],
  [
    'vendors',
    'Vendors',
    'Know who else holds patient data, and hold them to it.',
    [
      [
        'agreements-signed',
        'Every business associate has signed an agreement',
        'failed',
        'high',
        'vendor',
        [0, 8, 2, 1],
        '164.308(b)(1)',
        'The list does not say whether one vendor handles patient data.',
      ],
      [
        'assessed',
        'Every business associate was assessed within the last two years',
        'unknown',
        'medium',
        'vendor',
        [0, 0, 0, 11],
        '164.308(b)(1)',
        'nothing is known of assessments of vendors; it takes a list of assessments',
      ],
    ],
  ],
  [
    'incidents',
    'Incidents',
    'Know what to do when something happens, and do it in time.',
    [
      [
        'roles-named',
        'Every role of the response plan has a person and a deputy',
        'attested',
        'high',
        'role',
        [0, 6, 0, 0],
        '164.308(a)(6)(i)',
      ],
      [
        'rehearsed',
        'The response plan was rehearsed within the last year',
        'unknown',
        'medium',
        'organisation',
        [0, 0, 0, 1],
        '164.308(a)(6)(ii)',
        'nobody has attested it; it takes the word of a named person',
      ],
    ],
  ],
  [
    'compliance',
    'Compliance',
    'Show that the rules are kept, to yourselves and to others.',
    [
      [
        'officer-named',
        'A security official is named',
        'attested',
        'medium',
        'organisation',
        [0, 1, 0, 0],
        '164.308(a)(2)',
      ],
      [
        'addressable-decided',
        'Every addressable specification has a decision that is in force',
        'unknown',
        'medium',
        'requirement',
        [0, 14, 0, 8],
        '164.306(d)(3)',
        'no decision is recorded for 8 specifications',
      ],
    ],
  ],
  [
    'technologies',
    'Proven technologies',
    'Rely on what is tried, approved and known.',
    [
      [
        'software-approved',
        'Every program on a workstation is approved',
        'attested',
        'low',
        'software',
        [0, 96, 0, 0],
        '164.308(a)(1)(ii)(B)',
      ],
    ],
  ],
]

/** A clinic of forty people: some of everything. */
export function clinicPosture(): Posture {
  const practices = clinic.map(([name, title, asks, safeguards]): PracticePosture => {
    const list = safeguards.map((outline) => safeguardOf(name, outline))
    return { name, title, asks, safeguards: list, status: worstStatus(list.map(({ status }) => status)) }
  })
  return posture(practices, practices.flatMap(findingsOf), {
    sources: [
      source('hr-export-november.csv', 'staff list (CSV)', 'stated', true),
      source('ad-users.ldif', 'directory (LDIF)', 'measured', true),
      source('entra-registration-details.csv', 'multi-factor report', 'measured', true),
      source('intune-devices.csv', 'device report', 'measured', true),
      source(
        'ehr-users-with-roles-and-last-sign-in-of-the-main-site-and-the-two-satellites.xlsx',
        'account list (XLSX)',
        'stated',
        true,
      ),
      source('vendors.csv', 'vendor list (CSV)', 'stated', true),
      source('training-2025.csv', 'training list (CSV)', 'stated', false),
    ],
    wanted: [
      { file: backupReport, safeguards: ['continuity.backups-run', 'continuity.restores-tested'] },
      { file: 'a list of assessments of vendors', safeguards: ['vendors.assessed'] },
    ],
    openQuestions: 3,
  })
}

/** Nothing was read yet. */
export function unknownPosture(): Posture {
  const practices = clinic.map(([name, title, asks, safeguards]): PracticePosture => {
    const list = safeguards.map(
      (outline): SafeguardPosture => ({
        ...safeguardOf(name, outline),
        status: 'unknown',
        subjects: { proved: 0, attested: 0, failed: 0, unknown: 0 },
        whyUnknown: 'nothing is known of people; it takes a staff list',
        coversUntil: undefined,
      }),
    )
    return { name, title, asks, safeguards: list, status: 'unknown' }
  })
  const names = practices.flatMap(({ safeguards }) => safeguards.map(({ name }) => name))
  return posture(practices, [], {
    sources: [],
    wanted: [
      { file: staffList, safeguards: names.slice(0, 16) },
      { file: vendorList, safeguards: names.slice(16, 20) },
    ],
    openQuestions: 0,
  })
}

/** Everything that can be measured is, and holds. */
export function soundPosture(): Posture {
  const practices = clinic.map(([name, title, asks, safeguards]): PracticePosture => {
    const list = safeguards.map(
      (outline): SafeguardPosture => ({
        ...safeguardOf(name, outline),
        status: outline[4] === 'organisation' ? 'attested' : 'proved',
        subjects:
          outline[4] === 'organisation'
            ? { proved: 0, attested: 1, failed: 0, unknown: 0 }
            : { proved: 40, attested: 0, failed: 0, unknown: 0 },
        whyUnknown: undefined,
      }),
    )
    return { name, title, asks, safeguards: list, status: worstStatus(list.map(({ status }) => status)) }
  })
  return posture(practices, [], {
    sources: [source('ad-users.ldif', 'directory (LDIF)', 'measured', true)],
    wanted: [],
    openQuestions: 0,
  })
}

/** A hospital with ten thousand findings and names as long as files allow, some of them like formulas or markup. */
export function crowdedPosture(): Posture {
  const base = clinicPosture()
  const long =
    'Saint-Élisabeth-and-Saint-Bartholomew Regional Teaching Hospital and Community Health Network of the Upper Valley '
  const odd = [
    '=HYPERLINK("http://x.test")',
    '<b>bold</b>',
    'W'.repeat(300),
    '\u202Egnp.txt',
    'Łukasz Żółć-Ångström',
    '{text: 1}',
    'tab\tand\nline',
  ]
  const practices = base.practices.map((practice) => ({
    ...practice,
    title: practice.name === 'access' ? `${practice.title} ${'and the review of access '.repeat(4)}` : practice.title,
    safeguards: practice.safeguards.map((one) => ({
      ...one,
      subjects: { ...one.subjects, failed: one.subjects.failed * 400 },
    })),
  }))
  const findings = base.findings
    .flatMap((finding) =>
      Array.from({ length: Math.ceil(10_000 / base.findings.length) }, (_, index): FindingPosture => {
        const label = odd[index % odd.length] ?? ''
        return {
          ...finding,
          id: finding.id * 1000 + index,
          subject: { ...finding.subject, label, key: label },
          detail: `${label} is listed in the directory of the main site, number ${index}.`,
        }
      }),
    )
    .slice(0, 10_000)
  return { ...base, organisation: long.repeat(2), practices, findings, findingCounts: countOf(findings) }
}

function safeguardOf(practice: string, outline: Outline): SafeguardPosture {
  const [claim, title, status, severity, subject, [proved, attested, failed, unknown], citation, whyUnknown] = outline
  return {
    name: `${practice}.${claim}`,
    title,
    status,
    severity,
    subject,
    citations: [citation],
    subjects: { proved, attested, failed, unknown } satisfies SubjectCounts,
    whyUnknown,
    coversUntil: status === 'unknown' ? undefined : new Date('2026-12-05T12:00:00Z'),
  }
}

const people = ['Marisol Reyes', 'Tomas Okafor', 'Ines Park', 'Ada Lindqvist', 'Joel Marchetti', 'Priya Raman'] as const
const terms: Readonly<Record<Severity, number>> = { critical: 7, high: 30, medium: 90, low: 180 }

function findingsOf(practice: PracticePosture, place: number): FindingPosture[] {
  return practice.safeguards.flatMap((safeguard, row) =>
    Array.from({ length: safeguard.subjects.failed }, (_, index): FindingPosture => {
      const person = people[index % people.length] ?? ''
      return {
        id: place * 1000 + row * 100 + index,
        safeguard: safeguard.name,
        title: safeguard.title,
        practice: practice.name,
        severity: safeguard.severity,
        subject: {
          kind: safeguard.subject,
          key: `${safeguard.subject}-${index}`,
          label: `${safeguard.subject} ${index}`,
        },
        citations: safeguard.citations,
        detail: describe(safeguard.subject, person, index),
        remedy: 'Disable the account today, and find out whether it was used since the last day.',
        openedAt: new Date('2026-11-01T08:00:00Z'),
        dueOn: addDays(asOf, terms[safeguard.severity] - 10 + index),
        owner: index % 3 === 0 ? undefined : 'Dana Whitfield',
        exceptedUntil: index === 4 ? '2027-02-01' : undefined,
      }
    }),
  )
}

function describe(subject: SubjectKind, person: string, index: number): string {
  if (subject === 'account')
    return `${person} left on 28 August 2026. The account ${person.toLowerCase().replace(' ', '.')} in the directory still works and was used on 2 November 2026.`
  if (subject === 'person') return `${person} was last trained on 3 March 2025.`
  if (subject === 'device') return `The laptop LT-${String(1040 + index)} of ${person} has no encrypted disk.`
  return `The ${subject} number ${index + 1} on the list does not pass.`
}

function source(name: string, format: string, basis: SourcePosture['basis'], isCurrent: boolean): SourcePosture {
  return {
    name,
    format,
    basis,
    isCurrent,
    collectedAt: new Date(isCurrent ? '2026-11-10T06:00:00Z' : '2026-09-01T06:00:00Z'),
    validUntil: new Date(isCurrent ? '2026-12-15T06:00:00Z' : '2026-10-06T06:00:00Z'),
  }
}

function posture(
  practices: readonly PracticePosture[],
  findings: readonly FindingPosture[],
  rest: Pick<Posture, 'sources' | 'wanted' | 'openQuestions'>,
): Posture {
  const sorted = findings.toSorted(
    (one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity),
  )
  return {
    organisation: 'Willow Creek Family Clinic',
    asOf,
    practices,
    findings: sorted,
    findingCounts: countOf(findings),
    ...rest,
  }
}

function countOf(findings: readonly FindingPosture[]): Record<Severity, number> {
  const counts = { critical: 0, high: 0, medium: 0, low: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}
