/**
 * Which three files to bring first, and where common products keep them. The rules:
 *  - Who works here, who can get in, and what they work on: from a staff list, the accounts of the EHR and a list of devices
 *    come most of what can be measured at once. Where nobody looks after computers and no directory knows them, the third is
 *    the list of vendors, which anybody can write from the bills.
 *  - Ways are general knowledge of products, short; menus differ by version and by what an account may see, so each product
 *    that has no sure way says whom to ask for what.
 */
import type { FactKind } from '#core/intake/facts.ts'

export const sizes = ['under-10', '10-to-50', '51-to-500', 'over-500'] as const
export type Size = (typeof sizes)[number]

export const ehrs = [
  'epic',
  'oracle',
  'athena',
  'eclinicalworks',
  'nextgen',
  'meditech',
  'veradigm',
  'openemr',
  'other',
] as const
export type Ehr = (typeof ehrs)[number]

/** Where people sign in to their computers and e-mail. */
export const directories = ['entra', 'google', 'active-directory', 'none'] as const
export type Directory = (typeof directories)[number]

/** Who looks after the computers. */
export const its = ['nobody', 'one-of-us', 'team', 'company'] as const
export type It = (typeof its)[number]

export interface Answers {
  readonly size: Size
  readonly ehr: Ehr
  readonly directory: Directory
  readonly it: It
}

export interface Way {
  /** The product, or whoever has it. */
  readonly place: string
  readonly steps: readonly string[]
}

export interface Guide {
  readonly kind: FactKind
  readonly title: string
  /** What Vigil tells by it. */
  readonly tells: string
  readonly way: Way
  readonly otherWay: Way | undefined
  readonly columns: readonly string[]
}

/** The three files, in the order in which to bring them. */
export function chooseFiles(answers: Answers): readonly [Guide, Guide, Guide] {
  return [guideStaff(answers), guideAccounts(answers), guideThird(answers)]
}

function guideStaff({ size }: Answers): Guide {
  const isSmall = size === 'under-10' || size === '10-to-50'
  const payroll: Way = {
    place: 'Your payroll service (ADP, Gusto, Paychex, QuickBooks …)',
    steps: [
      'Open Reports and look for an employee list, a directory or a census.',
      'Include people who have left, with their last day.',
      'Export it as CSV or Excel.',
    ],
  }
  const hr: Way = {
    place: 'Your HR system (Workday, UKG, Oracle, Dayforce …)',
    steps: [
      'Ask HR for a report of all workers, contractors and volunteers.',
      'Include everybody who left in the last twelve months, with their last day, and who reports to whom.',
      'Have it sent as CSV or Excel; HR can often schedule it.',
    ],
  }
  return {
    kind: 'person',
    title: 'A staff list, with those who have left',
    tells: 'Whose accounts should have ended, who is due for training, and who answers for what.',
    way: isSmall ? payroll : hr,
    otherWay: isSmall
      ? {
          place: 'A spreadsheet of your own',
          steps: ['Write one row a person, with everybody who left in the last twelve months.'],
        }
      : undefined,
    columns: ['Employee number', 'Name', 'Work e-mail', 'Status', 'First day', 'Last day', 'Manager'],
  }
}

const ehrWays: Readonly<Record<Ehr, Way>> = {
  epic: {
    place: 'Epic',
    steps: [
      'Ask your Epic security team for a Reporting Workbench report of user records (EMP).',
      'It needs the login, the name, whether the record is active, and the last login.',
      'Export the results as CSV.',
    ],
  },
  oracle: {
    place: 'Oracle Health (Cerner)',
    steps: [
      'Ask whoever looks after Millennium security for a Discern report on personnel.',
      'It needs the user name, the name, the position, whether it is active, and the last sign-in.',
      'Export it as CSV.',
    ],
  },
  athena: {
    place: 'athenahealth',
    steps: [
      'Choose Settings (the gear), then Admin, then Users; or look for a user report in the Report Library.',
      'Show inactive users too.',
      'Export the list, or copy the table into a spreadsheet.',
    ],
  },
  eclinicalworks: {
    place: 'eClinicalWorks',
    steps: [
      'Open Admin, then the list of users; or look for a user report in eBO.',
      'Show inactive users too.',
      'Export the list, or copy the table into a spreadsheet.',
    ],
  },
  nextgen: {
    place: 'NextGen',
    steps: [
      'Open System Administrator, then Users.',
      'Include users who are inactive or locked.',
      'Export or print the list to a file; NextGen support can run the report for you.',
    ],
  },
  meditech: {
    place: 'MEDITECH',
    steps: [
      'Ask whoever looks after the User Dictionary (MIS) for a list of all users.',
      'It needs the mnemonic, the name, whether it is active, and the last sign-on.',
      'Have the report downloaded as a text or CSV file.',
    ],
  },
  veradigm: {
    place: 'Practice Fusion or Veradigm',
    steps: [
      'Open Settings, then Users (in some versions: Users and permissions).',
      'Show inactive users too.',
      'Where there is no export, copy the table into a spreadsheet.',
    ],
  },
  openemr: {
    place: 'OpenEMR',
    steps: [
      'Open Admin, then Users, and show inactive users too.',
      'Copy the table into a spreadsheet, or ask whoever runs the server for the users table as CSV.',
    ],
  },
  other: {
    place: 'The system that holds your patient records',
    steps: [
      'Look under Administration, Settings or Security for Users or Staff.',
      'Otherwise ask its support for “a list of all users with their status and last sign-in, as CSV”.',
      'Without such a system, bring the users of your e-mail.',
    ],
  },
}

const directoryWays: Readonly<Record<Exclude<Directory, 'none'>, Way>> = {
  entra: {
    place: 'Microsoft Entra admin center (entra.microsoft.com)',
    steps: ['Choose Users, then All users.', 'Choose Download users, and take the CSV as it is.'],
  },
  google: {
    place: 'Google Admin console (admin.google.com)',
    steps: ['Choose Directory, then Users.', 'Choose Download users, with all columns, as CSV.'],
  },
  'active-directory': {
    place: 'Active Directory',
    steps: [
      'Connect it under Sources, Directories: then it is read by itself.',
      'Or open Active Directory Users and Computers, select the users, and choose Export List.',
    ],
  },
}

function guideAccounts({ ehr, directory }: Answers): Guide {
  return {
    kind: 'account',
    title: 'The user accounts of your EHR',
    tells: 'Who can reach patient records: leavers, shared logins, accounts that nobody uses.',
    way: ehrWays[ehr],
    otherWay: directory === 'none' ? undefined : directoryWays[directory],
    columns: ['User name', 'Full name', 'E-mail', 'Status', 'Role', 'Last sign-in'],
  }
}

const deviceWays: Readonly<Record<Exclude<Directory, 'none'>, Way>> = {
  entra: {
    place: 'Microsoft Intune (intune.microsoft.com)',
    steps: [
      'Choose Devices, then All devices, then Export.',
      'Without Intune: in the Entra admin center choose Devices, All devices, then Download devices.',
    ],
  },
  google: {
    place: 'Google Admin console (admin.google.com)',
    steps: ['Choose Devices, then the list of endpoints.', 'Choose Export (the arrow downwards) and take all columns.'],
  },
  'active-directory': {
    place: 'Active Directory',
    steps: [
      'Open Active Directory Users and Computers, show the computers, and choose Export List.',
      'Add the operating system and the last sign-in to the columns first.',
    ],
  },
}

const companyWay: Way = {
  place: 'Your IT company',
  steps: [
    'Write to them: “Please send the device list of your management tool (RMM) as CSV”.',
    'Ask for operating system, disk encryption, malware protection and when each was last seen.',
  ],
}

const macWay: Way = {
  place: 'Jamf Pro, for Macs and iPads',
  steps: ['Choose Computers, then Search Inventory, and search with an empty field.', 'Choose Export, as CSV.'],
}

const handWay: Way = {
  place: 'A spreadsheet of your own',
  steps: [
    'Walk through the rooms once: one row a computer, laptop, server and phone.',
    'The system’s settings page (About) says name, serial number and version.',
  ],
}

function guideThird({ directory, it }: Answers): Guide {
  if (directory === 'none' && it === 'nobody') {
    return {
      kind: 'vendor',
      title: 'A list of your vendors',
      tells: 'Who handles patient data for you, and with whom an agreement (BAA) is missing.',
      way: {
        place: 'Your bills of the last twelve months',
        steps: [
          'Write down everybody who handles patient data: EHR, billing, laboratory, e-mail, fax, shredding, IT.',
          'Say of each whether a business associate agreement is signed, and until when it runs.',
        ],
      },
      otherWay: undefined,
      columns: ['Vendor', 'Service', 'Handles patient data', 'Agreement', 'Signed on', 'Expires on'],
    }
  }
  const byDirectory = directory === 'none' ? undefined : deviceWays[directory]
  const [way, otherWay] =
    it === 'company'
      ? [companyWay, byDirectory]
      : [byDirectory ?? handWay, it === 'team' && directory !== 'active-directory' ? macWay : undefined]
  return {
    kind: 'device',
    title: 'A list of your devices',
    tells: 'Which are not encrypted, no longer get updates, or have not been seen for long.',
    way,
    otherWay,
    columns: ['Device name', 'Serial number', 'Operating system', 'Version', 'Encrypted', 'Antivirus', 'Last seen'],
  }
}
