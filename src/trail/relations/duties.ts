/**
 * Roles whose work opens records without a tie of their own to the patient: a bill, a booking, a request for copies, a sample.
 * A duty explains little: only weakly, and only while the matching business with this patient is at hand (explain/templates.ts).
 * The place in this list is its code in the tables: only ever add at the end.
 */
export const duties = ['none', 'billing', 'registration', 'records', 'laboratory', 'imaging', 'pharmacy'] as const
export type Duty = (typeof duties)[number]

const signs: readonly (readonly [Duty, RegExp])[] = [
  [
    'billing',
    /\b(bill(ing|er)?|cod(er|ing)|revenue cycle|charge (capture|entry)|claims?|patient accounts?|collections)\b/,
  ],
  ['billing', /\b(denials?|utili[sz]ation (review|management)|insurance verif\w*|prior auth\w*|financial couns\w*)\b/],
  ['records', /\b(him|health information|medical records?|release of information|roi|transcription(ist)?|cdi)\b/],
  ['records', /\bclinical documentation (improvement|integrity|specialist)\b/],
  [
    'registration',
    /\b(regist(rar|ration)|scheduler|scheduling|front (desk|office)|reception(ist)?|admitting|admissions?)\b/,
  ],
  ['registration', /\b(patient access|check ?in|unit (clerk|secretary)|ward clerk|call cent(er|re)|bed management)\b/],
  [
    'laboratory',
    /\b(lab|laboratory|phlebotom\w*|patholog\w*|medical technologist|cytotech\w*|histotech\w*|blood bank)\b/,
  ],
  ['imaging', /\b(radiolog\w*|radiograph\w*|imaging|sonograph\w*|ultrasound|mammograph\w*|x ?ray|(mri|ct) tech\w*)\b/],
  ['pharmacy', /\b(pharmac\w*)\b/],
]

/** Works out the duty from the role, and from the department where no role is known. */
export function dutyOf(role: string, department: string): Duty {
  const text = (role.trim() === '' ? department : role).toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ')
  return signs.find(([, sign]) => sign.test(text))?.[0] ?? 'none'
}
