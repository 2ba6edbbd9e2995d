/**
 * A story: accesses of one person to one patient (or of one pattern) that nothing explains and that a rule names. It is
 * worked out anew from accesses and relations whenever either changes, so nobody writes it; what people decide about it is
 * a case, and is kept elsewhere (practices/access) by the story's id.
 */
export const storyKinds = [
  'own-record',
  'family',
  'co-worker',
  'neighbour',
  'watched',
  'deceased',
  'after-leaving',
  'break-glass',
  'bulk',
  'slow-series',
  'out-of-role',
  'out-of-hours',
  'shared-account',
  'two-places',
  'unexplained',
  'browsing',
] as const
export type StoryKind = (typeof storyKinds)[number]

export interface Told {
  readonly kind: StoryKind
  /** One plain sentence with the figures in it: "The patient has the same surname and street." */
  readonly says: string
}

/** A story with its texts, as it is handed out. */
export interface Story {
  /** 32 hexadecimal digits; the same story has the same id in every run. */
  readonly id: string
  /** Counts up whenever anything below changes. */
  readonly version: number
  readonly kind: StoryKind
  /** 0 to 100: what is looked at first. */
  readonly score: number
  readonly state: 'open' | 'explained'
  /** What came later and explains it; empty while it is open. */
  readonly explainedBy: string
  readonly logins: readonly string[]
  readonly person: string
  readonly department: string
  readonly role: string
  /** Identifiers of the patients concerned: at most 50 of them, and how many there are. */
  readonly patients: readonly { readonly patient: string; readonly name: string }[]
  readonly patientCount: number
  readonly accesses: number
  readonly days: number
  readonly firstAt: Date
  readonly lastAt: Date
  /** The story in plain words, one to three sentences, without names of patients. */
  readonly narrative: string
  readonly told: readonly Told[]
  /** The reasons that were looked for and not found: "an appointment within 30 days". */
  readonly missed: readonly string[]
}
