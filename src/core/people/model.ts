/**
 * How the names and identifiers of people are compared across systems, none of which writes them alike.
 *
 * A key is what two spellings of one thing have in common: equal keys mean that the two were meant to be the same.
 * Names are no identifiers, so their comparison is careful: `same` needs a full given and family name on both sides,
 * and whatever rests on a nickname, an initial or half of a double name is only `similar` and needs a second sign.
 *
 * Accounts that belong to no person are told by their words. The lists are cautious: a word counts only where it stands
 * alone ("nurse1", "svc_backup"), never inside another ("Testa", "LaBelle"), and not where it is somebody's family name.
 */

const longest = 200

const strokes: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
}

/** Small letters without marks: "Núñez" is "nunez". */
function plain(text: string): string {
  const short = text.slice(0, longest)
  // Nearly every name; the general way costs ten times as much.
  if (/^[\0-\x7f]*$/.test(short)) return short.toLowerCase()
  return short
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßøæœłđðþħı]/g, (letter) => strokes[letter] ?? letter)
}

const nothing = new Set(['', '0', 'na', 'n/a', 'none', 'null', 'nil', 'unknown', 'tbd', 'x', 'xx', 'xxx'])

/**
 * An employee number as systems agree on it. Case, spaces, `-`, `_`, `#` and `:` do not count. A prefix that only says
 * "employee number" (E, EE, EMP, EMPID, EID, ID, NO, before digits alone) is dropped, and so are leading zeros, because
 * spreadsheets drop them: "000123", "E-000123" and "123" are one number. Any other letters stay: "RN-123" is not "123".
 * Undefined for what stands for no number ("N/A", "0").
 */
export function numberKey(employeeNumber: string): string | undefined {
  const compact = plain(employeeNumber)
    .trim()
    .replace(/[\s\-_#:]+/g, '')
  const bare = compact
    .replace(/^(?:employee|empid|emp|eid|ee|e|id|no)(?=\d+(?:\.0+)?$)/, '')
    .replace(/^(\d+)\.0+$/, '$1')
  const key = /^\d+$/.test(bare) ? bare.replace(/^0+(?=.)/, '') : bare
  return nothing.has(key) ? undefined : key
}

/** An address in small letters, without what mail programs put around it; undefined when it is none. */
export function emailKey(email: string): string | undefined {
  const text = email.slice(0, 400).normalize('NFKC').toLowerCase()
  const inside = /<([^<>]*)>/.exec(text)?.[1] ?? text
  const address = inside.trim().replace(/^(?:mailto|smtp):\s*/, '')
  return /^[^\s@<>]+@[^\s@<>.]+(?:\.[^\s@<>.]+)*$/.test(address) && !/^(?:mailto|smtp):/.test(address)
    ? address
    : undefined
}

/**
 * The local name of a login, in small letters: "CLINIC\mreyes", "mreyes@clinic.example" and "uid=mreyes,ou=staff" are
 * `mreyes`. A guest of a Microsoft tenant ("m_other.example#EXT#@…") keeps the whole local part, so that it meets no member.
 */
export function usernameKey(username: string): string | undefined {
  let key = username.slice(0, 400).normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
  for (let before = ''; before !== key; ) {
    before = key
    key = key.slice(key.lastIndexOf('\\') + 1)
    const at = key.indexOf('@')
    if (at >= 0) key = key.slice(0, at)
    const named = /^(?:uid|cn|samaccountname)=([^,]*)/.exec(key)
    if (named) key = named[1] ?? ''
    key = key.trim()
  }
  return nothing.has(key) && key.length !== 1 ? undefined : key
}

// ---- names

export interface NameParts {
  readonly given?: string | null | undefined
  readonly family?: string | null | undefined
}

export interface NameKey {
  /** "marisol reyes": given name and family name without middle names, titles and suffixes; undefined without letters. */
  readonly full: string | undefined
  readonly given: string
  /** Particles are joined ("vandyke"), halves of a double name are kept apart by a hyphen ("garcia-lopez"). */
  readonly family: string
  readonly middle: readonly string[]
  /** "jr", "3" …: what tells father from son. */
  readonly generation: string | undefined
  /** Other values of `full` under which the same person may be known: nicknames, half a double name, order turned. */
  readonly variants: readonly string[]
}

const titles = new Set('dr mr mrs ms miss mx prof professor rev sir dame hon doctor'.split(' '))

const generations: ReadonlyMap<string, string> = new Map([
  ['jr', 'jr'],
  ['junior', 'jr'],
  ['sr', 'sr'],
  ['senior', 'sr'],
  ['ii', '2'],
  ['2nd', '2'],
  ['iii', '3'],
  ['3rd', '3'],
  ['iv', '4'],
  ['4th', '4'],
])

/** Letters after a name that are no name. */
const credentials = new Set(
  `md mbbs mbchb phd rn lpn lvn np npc pac dds dmd pharmd rph bsn msn dnp aprn arnp crna cna cnm fnp fnpc fnpbc acnp agnp
  pmhnp facp facs faap facc facog mph mha mba cma rma rrt crt rdms dpt otr otrl ccc cccslp lcsw lmsw licsw msw lpc lmft
  lmhc psyd dpm dvm frcs frcp esq cpa rhia rhit cpc ccs ccrn cen emt emtp nremt cissp cism cphims edd jd llb mlt mls rd
  rdn cde cdces bcps`.split(/\s+/),
)

/** Credentials that are family names too (Do, Ma, Pa): they count only after a comma, or in capitals amid small letters. */
const doubtfulCredentials = new Set('do ma pa ba bs ms pt ot dc od rt st'.split(' '))

const particles = new Set(
  'de del dela della delle delos des du da das dos di do la le los las van von vander der den ten ter te zu zur zum af av al el bin ibn bint abu st saint san santa mac mc o fitz'.split(
    ' ',
  ),
)

const particleWords = new RegExp(`^(?:${[...particles].join('|')})+$`)

interface Word {
  readonly text: string
  readonly isCapital: boolean
}

function wordsOf(text: string): Word[] {
  return text.split(/[\s_/;:|+*&=~`^%$#@!?]+/).flatMap((raw, index) => {
    const letters = plain(raw).replace(/['‘’ʼ´"“”.\d-]/g, '')
    if (letters === '') return generations.has(plain(raw)) ? [{ text: plain(raw), isCapital: false }] : []
    const ordinal = plain(raw).replace(/\W/g, '')
    if (generations.has(ordinal) && /^\d/.test(ordinal)) return [{ text: ordinal, isCapital: false }]
    const isCapital = !/\p{Ll}/u.test(raw)
    const isInitials = index === 0 && /^\p{L}\.\p{L}/u.test(raw)
    const isMark = generations.has(letters) || credentials.has(letters) || doubtfulCredentials.has(letters)
    if (!isInitials && isMark) return [{ text: letters, isCapital }]
    return plain(raw)
      .replace(/['‘’ʼ´"“”\d]/g, '')
      .split('.')
      .map((part) => part.replace(/^-+|-+$/g, '').replace(/[^\p{L}-]/gu, ''))
      .filter((part) => /\p{L}/u.test(part))
      .map((part) => ({ text: part.replace(/-+/g, '-'), isCapital }))
  })
}

/** Joins the words of a family name: particles to what follows them, halves by a hyphen. */
function joinFamily(words: readonly string[]): string {
  const parts: string[] = []
  let open = ''
  for (const word of words.flatMap((text) => text.split('-')).filter((text) => text !== '')) {
    // "García y López"
    if (word === 'y' && parts.length > 0) continue
    if (particles.has(word)) {
      open += word
    } else {
      parts.push(open + word)
      open = ''
    }
  }
  if (open !== '') parts.push(open)
  return parts.join('-')
}

/** Takes titles from the front and generations and credentials from the end, leaving at least `least` words. */
function strip(words: readonly Word[], least: number, isAfterComma: boolean): { words: Word[]; generation?: string } {
  const rest = [...words]
  let generation: string | undefined
  const isMixed = words.some(({ isCapital, text }) => !isCapital && text.length > 1)
  while (rest.length > Math.min(least, 1) && titles.has(rest[0]?.text ?? '')) rest.shift()
  for (let last = rest.at(-1); last && rest.length > least; last = rest.at(-1)) {
    const { text, isCapital } = last
    if (generations.has(text)) generation = generations.get(text)
    else if (!credentials.has(text) && !(doubtfulCredentials.has(text) && (isAfterComma || (isCapital && isMixed))))
      break
    rest.pop()
  }
  return generation === undefined ? { words: rest } : { words: rest, generation }
}

// The same names come again in every system of an import; the oldest are forgotten when there are many.
const knownNames = new Map<string, NameKey>()
const mostKnownNames = 30_000

/** Reads a name as people write it, "Marisol A. Reyes, RN" or "Reyes, Marisol", or in its two parts. */
export function nameKey(name: string | NameParts): NameKey {
  if (typeof name !== 'string') return readName(name)
  const known = knownNames.get(name)
  if (known) return known
  const key = readName(name)
  if (knownNames.size >= mostKnownNames) knownNames.delete(knownNames.keys().next().value ?? '')
  knownNames.set(name, key)
  return key
}

function readName(name: string | NameParts): NameKey {
  if (typeof name !== 'string') {
    const family = strip(wordsOf(firstSegment(name.family ?? '')), 1, false)
    const given = strip(wordsOf(firstSegment(name.given ?? '')), 0, false)
    return makeKey(
      given.words.map(({ text }) => text),
      family.words.map(({ text }) => text),
      [],
      family.generation ?? given.generation,
    )
  }
  const text = name.slice(0, longest).normalize('NFKC')
  const nicknames: string[] = []
  const open = text
    .replace(/[("“[{]([^)"”\]}]*)[)"”\]}]/g, (_, inner: string) => {
      const word = plain(inner).trim()
      if (groupsOf.has(word)) nicknames.push(word)
      return ' '
    })
    .replace(/\s[-–—]\s.*$/, '')
  const segments = open
    .split(',')
    .map(wordsOf)
    .filter((words) => words.length > 0)
  const [first = [], ...others] = segments
  let generation: string | undefined
  const told = others.filter((words) => {
    const isMark = words.every(({ text: word }) => generations.has(word) || credentials.has(word) || isDoubtful(word))
    if (isMark) generation ??= generations.get(words.find(({ text: word }) => generations.has(word))?.text ?? '')
    return !isMark
  })
  if (told.length > 0) {
    const family = strip(first, 1, false)
    const given = strip(told[0] ?? [], 0, true)
    generation ??= family.generation ?? given.generation
    const texts = given.words.map(({ text: word }) => word)
    return makeKey(
      texts,
      family.words.map(({ text: word }) => word),
      nicknames,
      generation,
    )
  }
  const { words, ...rest } = strip(first, 2, false)
  const plainWords = words.map(({ text: word }) => word)
  // A single letter at the end is an initial that somebody put last, not a family name.
  const initials: string[] = []
  while (plainWords.length > 2 && plainWords.at(-1)?.length === 1) initials.push(plainWords.pop() ?? '')
  let start = Math.max(plainWords.length - 1, 0)
  while (start > 1 && particles.has(plainWords[start - 1] ?? '') && (plainWords[start - 1]?.length ?? 0) > 1) start--
  if (start > 1 && plainWords[start - 1] === 'o' && irish.has(plainWords[start] ?? '')) start--
  const given = start === 0 ? [] : [...plainWords.slice(0, start), ...initials]
  return makeKey(given, plainWords.slice(start), nicknames, generation ?? rest.generation)
}

/** Names that follow an O, which else is a middle initial. */
const irish = new Set(
  'brien connor connell donnell donoghue dwyer grady hara keefe leary malley mara meara neal neil neill reilly riley rourke shea sullivan toole'.split(
    ' ',
  ),
)

const isDoubtful = (word: string) => doubtfulCredentials.has(word)

function firstSegment(text: string): string {
  return (text.slice(0, longest).normalize('NFKC').split(',')[0] ?? '').replace(/[([{].*$/, '')
}

function makeKey(
  givenWords: readonly string[],
  familyWords: readonly string[],
  nicknames: readonly string[],
  generation: string | undefined,
): NameKey {
  const [first = '', ...middle] = givenWords
  const joined = first.replaceAll('-', '')
  // A name that would read as a title without its hyphen keeps it.
  const given = titles.has(joined) ? first : joined
  const family = joinFamily(familyWords)
  const full = [given, family].filter((part) => part !== '').join(' ') || undefined
  const variants = new Set<string>()
  if (given !== '' && family !== '') {
    const families = [family, ...(family.includes('-') ? family.split('-') : [])]
    const middleName = middle.at(-1) ?? ''
    if (middleName.length > 2) families.push(`${middleName}-${family}`, middleName)
    const givens = [given, ...nicknames, ...namesLike(given), `${given}${middle[0] ?? ''}`]
    for (const oneFamily of families) for (const one of givens) variants.add(`${one} ${oneFamily}`)
    variants.add(`${family} ${given}`)
    variants.delete(full ?? '')
  }
  return { full, given, family, middle, generation, variants: [...variants] }
}

/** One group a line: names of which each may stand for another. A name may be in several. */
const nicknameGroups = `
aaron ron ronnie
abigail abby abbie gail
abraham abe bram
adelaide addie heidi ada
adeline addy ada
agnes aggie nessa
albert al bert bertie
alexander alex al sandy xander lex sasha alec
alexandra alex sandra sandy lexi lexie sasha alexa
alejandro alex ale jandro
alejandra ale alex
alfred al fred alf freddie
alice allie ali alicia
alison allison allie ali
amanda mandy mandi manda
amelia amy millie mel
andrew andy drew
andrea andie drea andi
angela angie angel
angelica angie angel
ann anne anna annie nan nancy nina
annette annie nettie
anthony tony ant
antonio tony toño antoine
antoinette toni nettie
archibald archie
arnold arnie
arthur art artie
barbara barb babs barbie bobbie
bartholomew bart
beatrice bea bee trixie beatriz
belinda bel linda
benjamin ben benny benji
bernard bernie
bernadette bernie detta
bertha bertie
bethany beth
beverly bev
bradley brad
brandon brand
brenda bren
brian bryan bri
bridget biddy bridie
caleb cal
calvin cal
cameron cam
candace candy candice
carl karl carlos
caroline carolyn carol carrie lynn caro
carmen mel carmelita
casandra cassandra cassie sandra
catherine katherine kathryn cathy kathy kate katie kay kit kitty cat kat katy catalina katharine
cecilia cecile celia cissy
charles charlie chuck chas chip carlos
charlotte lottie charlie char
chester chet
christina christine chris tina chrissy christy kristina kristine kris kristin kristen
christopher chris kit topher kris
clarence clare
clifford cliff
clinton clint
constance connie
concepcion concha conchita
cornelius neil corny
courtney court
curtis curt
cynthia cindy cyndi
daniel dan danny dani
danielle dani
david dave davey davy
deborah debra deb debbie debby
dennis denny
derek derrick rick
diana diane di
dolores lola lolita
dominic dom nick
donald don donnie donny
donna dona
dorothy dot dottie dolly dory
douglas doug
edgar ed
edith edie
eduardo ed eddie lalo edward
edmund ed eddie ned ted
edward ed eddie ned ted teddy
edwin ed eddie
eleanor ellie nell nora lenore elena
elizabeth liz beth betty betsy eliza lisa libby liza lizzie bess bessie elsie elise ellie elisabeth isabel
emily em emmy millie
emma em emmy
enrique quique henry rick
eric erik rick
ernest ernie
ernesto ernie neto
esther essie hester
eugene gene
evelyn eve evie lyn
ezekiel zeke
felicia fel
ferdinand ferdie
fernando nando fern
florence flo flora
frances fran francie frankie fanny
francesca fran frankie
francis frank fran
francisco frank paco pancho cisco
franklin frank
frederick fred freddie freddy fritz rick
gabriel gabe
gabriela gabriella gabby gabi gaby
genevieve gen jenny viv
geoffrey jeffrey jeff geoff
george georgie jorge
gerald gerry jerry
geraldine gerry jerry
gertrude trudy gert
gilbert gil bert
glenn glen
gloria glo
gordon gordy
grace gracie
graciela chela grace
gregory greg gregg
guadalupe lupe lupita
guillermo memo william will
gwendolyn gwen
hannah anna
harold harry hal
harriet hattie
heather heath
hector tito
helen nell ellen nellie helena
henry hank harry hal
herbert herb bert
herman manny
howard howie
hubert hugh bert
ignacio nacho
immanuel emmanuel manny manuel
irene rena
isaac ike zac
isabella isabel bella izzy belle
isidore izzy
jacob jake jay
jacqueline jackie jacqui
james jim jimmy jamie jay
janet jan
jane janie jenny
janice jan
jason jay jase
jasmine jas jazz
jeanette jean jeanie nettie
jennifer jen jenny jenn
jeremiah jerry jeremy
jerome jerry
jessica jess jessie
jesus chuy chucho
joan joanie joanna joanne jo
johannes john jan hans
john jack johnny jon
jonathan jon john jonny nathan
joaquin quino
jose pepe joe joseph
josefina josephine pepa jo josie fina
joseph joe joey jo
joshua josh
joyce joy
juan john juanito
juanita jane nita
judith judy judi
julia julie jules
julian jules
justin jus
karen kari
kathleen kathy kate katie kay
kenneth ken kenny
kevin kev
kimberly kim kimmy kimberley
kristopher kris chris
lawrence laurence larry lars laurie
leonard leo len lenny
leonardo leo leon
leroy lee roy
leslie les lesley
lester les
lillian lily lil lilly
linda lindy lynn
lois lo
loretta lori etta
lorraine lori lorrie
louis lou lewis louie luis
louise lou lulu
lucille lucy lucia
lucas luke
luis louis lucho
madeline maddie maddy madeleine
magdalena lena maggie
malcolm mal
manuel manny manolo
marcus mark marc marcos
margaret maggie meg peggy peg marge margie margo rita greta daisy madge marguerite
margarita rita maggie margaret
maria mary marie mari
maribel mari
mario mar
marilyn mary lynn
marisol mari sol
marjorie marge margie
martha marty patty mattie
martin marty
mary molly polly mamie mae maria marie
matilda tilly mattie tillie
matthew matt matty mateo
maureen mo reenie
maurice moe mo maury
maximilian max
maxine max
melanie mel
melissa mel missy lissa
melvin mel
mercedes mercy meche
michael mike mick mickey mikey mitch miguel
michelle micki shelly chelle
mildred millie
millicent millie
minerva minnie
miranda mandy randy
miriam mimi mitzi mira
mitchell mitch
mohammed muhammad mohamed mohammad mo
monica mona
morris mo
nancy nan
natalie nat nattie
natasha tasha nat
nathan nate nat
nathaniel nathan nate nat
nicholas nick nicky nico nicolas
nicole nikki nicky
norma normie
norman norm
oliver ollie
olivia liv livvy ollie
oscar ozzie
oswald oz ozzie
pamela pam
patricia pat patty tricia trish patsy pati
patrick pat paddy rick
paul paulie pablo
paula pauline polly
penelope penny
peter pete pedro
philip phillip phil pip
phyllis phyl
priscilla cilla prissy
prudence pru
rachel rachael rae
rafael raphael rafa rafe
ralph raff
ramon ray moncho
randall randolph randy
raymond ray
rebecca becky becca reba
reginald reg reggie rex
regina gina reggie
rene renee
reuben ruben rube
ricardo rick ricky rico richard
richard rick dick rich ricky richie
robert bob bobby rob robbie bert robin
roberta bobbie robbie
roberto bob beto robert
roderick rod rick
rodney rod
rodolfo rudy fito
roger rodge
roland rollie
ronald ron ronnie
rosa rose rosie rosita
rosalind roz rosie
rosemary rose rosie mary
roxanne roxy
rudolph rudy
russell russ rusty
ruth ruthie
salvador sal chava
samantha sam sammy
samuel sam sammy
sandra sandy
santiago diego tiago
sarah sara sally sadie
savannah vanna
scott scotty
sebastian seb bastian
sergio checo
seymour cy
sharon shari sherry
shawn sean shaun
sheila shea
sidney sid sydney
simon si
solomon sol
sophia sofia sophie
stanley stan
stephanie steph stephie stefanie
stephen steven steve stevie stefan esteban
stuart stu stewart
susan sue susie suzy susanna suzanne susana
sylvester sly
sylvia sylvie
tabitha tabby
tamara tammy tam
teresa theresa terry tess tessa terri tracy tere
terrence terrance terry
thaddeus thad tad
theodore ted teddy theo
thomas tom tommy tomas
tiffany tiff
timothy tim timmy
tobias toby
tracy tracey
tyler ty
valentina val
valerie val
vanessa nessa
veronica ronnie vera roni
vernon vern
victor vic
victoria vicky tori vicki vikki
vincent vince vinny vin
viola vi
virginia ginny ginger
vivian viv
walter walt wally
wanda wendy
warren ren
wayne way
wendell dell
wesley wes
wilfred will fred
wilhelmina mina billie willa
william will bill billy willie liam
winifred winnie fred freddie
winston win
xavier javier xavi javi
yolanda yoli
yvonne vonnie evonne
zachary zach zack zac
zoe zoey
`

const groups = nicknameGroups
  .trim()
  .split('\n')
  .map((line) => plain(line).split(' '))

const groupsOf = new Map<string, number[]>()
for (const [index, names] of groups.entries()) {
  for (const name of names) groupsOf.set(name, [...(groupsOf.get(name) ?? []), index])
}

/** The names that may stand for a given name, without itself. */
function namesLike(given: string): string[] {
  const found = new Set((groupsOf.get(given) ?? []).flatMap((index) => groups[index] ?? []))
  found.delete(given)
  return [...found]
}

function areNicknames(a: string, b: string): boolean {
  const ofB = groupsOf.get(b) ?? []
  return (groupsOf.get(a) ?? []).some((index) => ofB.includes(index))
}

function isInitialOf(a: string, b: string): boolean {
  return a.length === 1 ? b.startsWith(a) : b.length === 1 && a.startsWith(b)
}

/** "Müller" and "Mueller", after marks are gone: vowels without the e that stands for two dots. */
function withoutUmlauts(text: string): string {
  return text.replace(/([aou])e/g, '$1')
}

/**
 * `same`: full given and family names are equal, whatever the middle names, titles and credentials. `similar`: one of
 * them is equal, and the other agrees by nickname, initial, or half of a double name; or the order is turned round; or
 * a name is too short to say more, such as "M. Reyes" twice. Two generations (Jr, III) that differ are `different`.
 */
export function compareNames(one: string | NameParts, other: string | NameParts): 'same' | 'similar' | 'different' {
  const a = nameKey(one)
  const b = nameKey(other)
  if (!a.full || !b.full) return 'different'
  if (a.generation && b.generation && a.generation !== b.generation) return 'different'
  const isWhole = a.given.length > 1 && b.given.length > 1 && a.family.length > 1 && b.family.length > 1
  const allOf = (key: NameKey) => [key.given, ...key.middle, ...key.family.split('-')].join('')
  if (isWhole && allOf(a) === allOf(b)) return 'same'
  if (a.given === b.given && a.family === b.family) {
    return isWhole && mayShareMiddle(a.middle, b.middle) ? 'same' : 'similar'
  }
  if (a.given === '' || b.given === '') return 'different'
  const given = givenAgrees(a, b)
  const family = familyAgrees(a, b)
  // One of the two has to be equal: a nickname with half a family name is no sign at all.
  if (given && family && (given === 'equal' || family === 'equal')) return 'similar'
  if (a.given === b.family && a.family === b.given) return 'similar'
  // "Reyes M" of a system that puts the family name first.
  const turned = (x: NameKey, y: NameKey) =>
    x.given === y.family && x.given.length > 1 && isInitialOf(x.family, y.given)
  return turned(a, b) || turned(b, a) ? 'similar' : 'different'
}

function mayShareMiddle(a: readonly string[], b: readonly string[]): boolean {
  return a.every((name, index) => {
    const other = b[index]
    return other === undefined || name === other || isInitialOf(name, other)
  })
}

function givenAgrees(a: NameKey, b: NameKey): 'equal' | 'near' | undefined {
  if (a.given === b.given) return 'equal'
  if (areNicknames(a.given, b.given) || isInitialOf(a.given, b.given)) return 'near'
  if (withoutUmlauts(a.given) === withoutUmlauts(b.given)) return 'near'
  // "J. Robert Smith" goes by Robert; "Jean-Luc" is "Jean Luc" elsewhere.
  const goesBy = (x: NameKey, y: NameKey) =>
    x.middle.some((name) => name.length > 1 && name === y.given) || `${x.given}${x.middle[0] ?? ''}` === y.given
  return goesBy(a, b) || goesBy(b, a) ? 'near' : undefined
}

function familyAgrees(a: NameKey, b: NameKey): 'equal' | 'near' | undefined {
  if (a.family === b.family || a.family.replaceAll('-', '') === b.family.replaceAll('-', '')) return 'equal'
  const ofA = a.family.split('-')
  const ofB = b.family.split('-')
  if ((ofA.length > 1 || ofB.length > 1) && ofA.some((part) => part.length > 2 && ofB.includes(part))) return 'near'
  // "Juan Garcia Lopez" is "Juan Garcia" elsewhere.
  const inMiddle = (x: NameKey, y: readonly string[]) => x.middle.some((name) => name.length > 2 && y.includes(name))
  if (inMiddle(a, ofB) || inMiddle(b, ofA)) return 'near'
  if (withoutUmlauts(a.family) === withoutUmlauts(b.family) || isInitialOf(a.family, b.family)) return 'near'
  const isBare = (x: string, y: string) =>
    x.length > 1 && y.endsWith(x) && particleWords.test(y.slice(0, y.length - x.length))
  return isBare(a.family, b.family) || isBare(b.family, a.family) ? 'near' : undefined
}

/**
 * Whether a login looks made from a name: mreyes, reyesm, marisol.reyes, m.reyes, marisolr, rmarisol, mareyes (with a
 * middle initial), a number at the end, cut to eight characters. A given or a family name alone is too little.
 */
export function usernameFits(username: string, name: string | NameParts): boolean {
  const login = plain(usernameKey(username) ?? '')
    .replace(/\d+$/, '')
    .replace(/[^\p{L}]/gu, '')
  const key = nameKey(name)
  if (login.length < 3 || key.given === '' || key.family.length < 2) return false
  const givens = [key.given, ...namesLike(key.given), `${key.given}${key.middle[0] ?? ''}`]
  const families = [...new Set([key.family.replaceAll('-', ''), ...key.family.split('-')])].filter(
    (part) => part.length > 1,
  )
  const longMiddle = key.middle.at(-1) ?? ''
  if (longMiddle.length > 2) families.push(longMiddle, `${longMiddle}${families[0] ?? ''}`)
  const initials = key.middle.map((middle) => middle.slice(0, 1)).join('')
  return (
    families.some((family) =>
      givens.some((given) => logins(given, family, initials).some((made) => fits(login, made))),
    ) ||
    (key.middle.length === 0 &&
      families.some(
        (family) => family.length > 3 && login.slice(0, 1) === key.given.slice(0, 1) && login.slice(2) === family,
      ))
  )
}

function logins(given: string, family: string, initials: string): string[] {
  const g = given.slice(0, 1)
  const f = family.slice(0, 1)
  const made = [g + family, family + g]
  if (initials !== '') {
    const m = initials.slice(0, 1)
    made.push(g + m + family, g + initials + family, family + g + m)
    if (given.length > 1) made.push(given + m + family)
  }
  if (given.length > 1) made.push(given + family, family + given, given + f, f + given)
  if (given.length > 2 && family.length > 2) {
    made.push(given.slice(0, 3) + family.slice(0, 3), family.slice(0, 3) + given.slice(0, 3))
  }
  // Directories that allow eight characters cut the family name and keep the initial: "castellm".
  for (const length of [5, 6, 7]) if (family.length > length) made.push(family.slice(0, length) + g)
  return made
}

function fits(login: string, made: string): boolean {
  return login === made || (login.length === 8 && made.length > 8 && made.startsWith(login))
}

// ---- accounts that belong to no person

export type AccountClass = 'person' | 'service' | 'shared' | 'admin' | 'test' | 'guest' | 'computer'

type Hint = 'service' | 'shared' | 'test'

/** Words that tell what a login is for. Those marked `*` do so in any company; the others only among words of this list. */
const hintWords: Readonly<Record<Hint, string>> = {
  service: `*svc *srvacct *service *services *serviceaccount *sql *sqlserver *backup *backups *bkp *sync *dirsync *adsync *aadsync *api *bot *robot *rpa
    *daemon *scheduler *cron batch *noreply *donotreply *smtp *relay *ldap *ldapbind *krbtgt *healthmailbox *msol *gmsa *iusr *iis oracle
    *postgres *mysql apache *nginx *tomcat *veeam *interface *interfaces *integration *hl7 *mirth *dicom *automation *monitoring
    *nagios *zabbix *webhook *connector *replication *provisioning *scim *ansible *splunk *vmware *sccm *intune *exchange
    *sharepoint *orchestrator *middleware *etl *system *process`,
  shared: `*frontdesk *reception *receptionist *registration *checkin *checkout scheduling nurse *nurses nursing *nursestation
    *nursesstation station *triage lab *labs laboratory xray *radiology imaging *pharmacy *billing *scanner *scan *printer
    *copier *fax *kiosk *shared *generic *common public conference *confroom *mailbox *inbox exam tablet ipad wow
    workstation lobby *waiting *info *office *helpdesk support *payroll *accounting security maintenance volunteer
    volunteers student students intern *temp locum float *oncall agency *visitor *visitors staff desk front dictation
    phlebotomy cardiology pediatrics surgery *medrecords records *referrals *intake *walkin`,
  test: `*test *tests *testing *tester *testuser *testaccount *dummy demo training train *trainee *sandbox *qa *uat
    sample example *fake *zztest *zzz`,
}

/** Words that say nothing by themselves, but are no name either. */
const contextWords = `er ed or icu nicu pacu it hr ehr emr md rn ma main north south east west user users account acct login the of for
  and new old floor unit clinic hospital medical center centre dept department room team app application server web data
  database domain admin administrator report reports patient doctor dr provider group box zz prod dev epic cerner athena
  ad entra azure aws sa ws pc`

const words = new Map<string, { readonly hint?: Hint; readonly isStrong: boolean }>()
for (const word of contextWords.split(/\s+/)) words.set(word, { isStrong: false })
for (const hint of ['service', 'shared', 'test'] as const) {
  for (const raw of hintWords[hint].split(/\s+/)) {
    words.set(raw.replace('*', ''), { hint, isStrong: raw.startsWith('*') })
  }
}

/** Words of the lists that are people's family names too. */
const surnames = new Set(
  'nurse nurses service services batch demo test desk front station student sample lab common temp float public support bot staff train'.split(
    ' ',
  ),
)

function lettersIn(text: string): string[] {
  return plain(text)
    .replace(/['’]/g, '')
    .split(/[^\p{L}]+/u)
    .filter((word) => word.length > 1)
}

/** Splits "nursestation" or "testuser" into listed words; the word itself where that is not possible. */
function split(word: string): string[] {
  if (words.has(word) || word.length > 40) return [word]
  const best: (string[] | undefined)[] = [[]]
  for (let end = 1; end <= word.length; end++) {
    for (let start = Math.max(0, end - 14); start <= end - 2; start++) {
      const before = best[start]
      const part = word.slice(start, end)
      if (before && words.has(part) && (best[end] === undefined || before.length + 1 < (best[end]?.length ?? 0))) {
        best[end] = [...before, part]
      }
    }
  }
  const parts = best[word.length]
  return parts?.some((part) => part.length > 3 || words.get(part)?.isStrong) ? parts : [word]
}

function hintOf(username: string, displayName: string | undefined): Hint | undefined {
  const login = lettersIn(usernameKey(username) ?? '').flatMap(split)
  const shown = lettersIn(withoutPlace(displayName ?? '')).flatMap(split)
  if (displayName && isPersonal(username, displayName, shown)) return undefined
  return hintIn(login, /^svc/.test(usernameKey(username) ?? '')) ?? hintIn(shown, false)
}

/** "Maria Gomez (Billing)" and "Maria Gomez - Billing" say where somebody works. */
function withoutPlace(displayName: string): string {
  // "ED Tracking Board (shared)" says there what it is.
  if (/\((?:[^)]*\s)?(?:shared|generic|service|test)(?:\s[^)]*)?\)/i.test(displayName.slice(0, longest)))
    return displayName
  const bare = displayName.slice(0, longest).replace(/\([^)]*\)|\s[-–—]\s.*$/g, ' ')
  return lettersIn(bare).filter((word) => !words.has(word)).length > 1 ? bare : displayName
}

/** "Alice Nurse", login anurse: a listed word that is the family name of somebody with a given name. */
function isPersonal(username: string, displayName: string, shown: readonly string[]): boolean {
  const hints = shown.filter((word) => words.get(word)?.hint)
  const others = shown.filter((word) => !words.has(word))
  const { given, family } = nameKey(displayName)
  if (others.length > 1 && !words.has(given) && !words.has(family)) return usernameFits(username, displayName)
  if (others.length === 0 || hints.length > 1 || hints.some((word) => !surnames.has(word))) return false
  return usernameFits(username, displayName)
}

function hintIn(found: readonly string[], isService: boolean): Hint | undefined {
  if (isService) return 'service'
  const others = found.filter((word) => !words.has(word))
  const hinting = found.filter((word) => {
    const entry = words.get(word)
    if (!entry?.hint) return false
    if (others.length === 0) return true
    // Beside a given name, a word that is a family name too is one: "robert.service".
    const isNamed = others.some((other) => groupsOf.has(other))
    return entry.isStrong && !(isNamed && (others.length > 1 || surnames.has(word)))
  })
  const hints = new Set(hinting.map((word) => words.get(word)?.hint))
  // What is for tests is a test, whatever it tests; "lab scanner service" is a service.
  return hints.has('test') ? 'test' : hints.has('service') ? 'service' : hints.has('shared') ? 'shared' : undefined
}

export function looksLikeServiceAccount(username: string, displayName?: string): boolean {
  return hintOf(username, displayName) === 'service'
}

export function looksLikeSharedAccount(username: string, displayName?: string): boolean {
  return hintOf(username, displayName) === 'shared'
}

export function looksLikeTestAccount(username: string, displayName?: string): boolean {
  return hintOf(username, displayName) === 'test'
}

const builtInAdmins = new Set(
  'administrator admin admins root sysadmin sysadmins netadmin itadmin localadmin domainadmin globaladmin superuser superadmin'.split(
    ' ',
  ),
)

/**
 * The owner's login inside an administrator's second one: "adm-jdoe", "jdoe.admin" and "a-jdoe" are jdoe's. Undefined
 * for other logins, and for those that belong to nobody ("administrator"). The short marks count only before or after a
 * hyphen, since "a.smith" and "da_silva" are people.
 */
export function looksLikeAdminAccount(username: string): string | undefined {
  const key = usernameKey(username) ?? ''
  if (builtInAdmins.has(key.replace(/[^a-z]/g, ''))) return undefined
  const owner = [
    /^(?:adm|admin|priv|domadm|su)[-_.](.{3,})$/,
    /^(?:a|da|ea|sa|wa|pa|t[012])-(.{3,})$/,
    /^admin(?!istrat|s?$)([a-z]{4,}\d*)$/,
    /^(.{3,})[-_.](?:adm|admin|administrator|priv|su)$/,
    /^(.{3,})-(?:a|da|ea|sa|t[012])$/,
    /^([a-z]{3,}\d*)(?:adm|admin)$/,
  ]
    .map((pattern) => pattern.exec(key)?.[1])
    .find((part) => part !== undefined)
  if (owner === undefined) return undefined
  const parts = lettersIn(owner).flatMap(split)
  return parts.length > 0 && parts.every((part) => !words.has(part)) ? owner : undefined
}

/** What a source calls the kinds of account, by a word that its own wording contains. */
const sourceWords: readonly (readonly [RegExp, AccountClass])[] = [
  [/\b(?:computer|machine|device|workstation trust)\b/, 'computer'],
  [/\b(?:guest|external|b2b)\b/, 'guest'],
  [/\b(?:service|application|app|system|svc|bot|robot|workload|daemon|non-?human|non-?person)\b/, 'service'],
  [/\b(?:shared|generic|room|equipment|resource|group|kiosk|mailbox)\b/, 'shared'],
  [/\b(?:test|training|demo)\b/, 'test'],
  [/\b(?:admin|administrator|administrative|privileged|superuser)\b/, 'admin'],
  [/\b(?:person|personal|human|people|employee|staff|contractor|clinician|individual)\b/, 'person'],
]

const describedAs: readonly (readonly [RegExp, AccountClass])[] = [
  [/\bservice account\b|\bused by (?:the )?(?:application|service|interface)\b/, 'service'],
  [/\btest (?:account|user|login)\b|\btraining (?:account|login)\b/, 'test'],
  [/\b(?:shared|generic) (?:account|login|user|mailbox|workstation)\b/, 'shared'],
  [/\b(?:admin|administrative|administrator|privileged) (?:account|login) (?:of|for)\b/, 'admin'],
]

export interface ToldAccount {
  readonly username: string
  readonly displayName?: string | undefined
  readonly accountType?: string | undefined
  readonly description?: string | undefined
}

/**
 * What an account is. The source's own word wins ("Service", "Shared mailbox"); words that say nothing ("user",
 * "member") do not count. Then come its form, its description, and the looks of its names.
 */
export function classifyAccount({ username, displayName, accountType, description }: ToldAccount): AccountClass {
  const told = plain(accountType ?? '').replace(/[_\s]+/g, ' ')
  const own = sourceWords.find(([pattern]) => pattern.test(told))?.[1]
  if (own) return own
  const key = usernameKey(username) ?? ''
  if (key.endsWith('$')) return 'computer'
  if (key.includes('#ext#') || /^guest\d*$/.test(key)) return 'guest'
  const described = describedAs.find(([pattern]) => pattern.test(plain(description ?? '')))?.[1]
  if (described) return described
  if (looksLikeAdminAccount(username) !== undefined || builtInAdmins.has(key.replace(/[^a-z]/g, ''))) return 'admin'
  return hintOf(username, displayName) ?? 'person'
}
