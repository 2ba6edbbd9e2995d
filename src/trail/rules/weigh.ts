/**
 * Weighs what the rules found, over everybody, in every run: which hits are stories.
 *
 * Chance alone makes a few of hundred thousand unexplained accesses a day look like snooping. So each story is asked how many
 * as strong as it a day chance would bring about:
 *
 *   (hits of this rule's variant a day) × (the part of all unexplained pairs that are as striking as this one)
 *
 * Striking is: on several days; many accesses; printed or exported; at hours at which neither the person nor their peers work;
 * broken open; two rules at once; several people of one household. Each is a measured part of all unexplained pairs
 * (`rule_tail`), so an organisation whose relations are incomplete asks for more by itself. A story is told while the product
 * is at most the variant's allowance, for every two million accesses a day. All of it is in bits: log2, rounded to tenths.
 */
import { storyKinds } from '../model/story.ts'
import type { Desk } from '../store/store.ts'
import { fillSql, type ParameterValues } from './rule.ts'
import { rules } from './rules.ts'
import { lookSql, usualTable } from './usual.ts'

const takenBits = (1 << 6) | (1 << 7) | (1 << 11)
const usualVolume = 2_000_000
/** The smallest site may have as many stories as one with so great a part of the usual volume: one in three weeks of a kind. */
const leastScale = 0.05
/** So many hits of a variant at two million accesses a day, or so many in all, drown nobody: they need no further sign. */
const few = 3
/** Variants of less weight than this always need one. */
const strong = 8
/** Hits of a variant of which it is read off how striking daily work is. */
const many = 24
/** Hits that what is known of all pairs counts for beside those of the same variant. */
const drawn = 8
const patternOffset = 2 ** 32

/** Below so many unexplained rows all of them are measured, else every sixteenth pair. */
const fewRows = 300_000

const kindCode = (name: (typeof storyKinds)[number]) => storyKinds.indexOf(name)

/**
 * Who is who now, and the hours at which neither they nor their peers usually work: of those who are known for fifteen days
 * their own hours alone count, of others those of their role and department, or of everybody where these are few.
 */
const personTable = `create or replace table rule_person as
  with staff as (
    select if(person = 0, usr::bigint, person::bigint + ${patternOffset}) as who, min(role) as role,
      min(department) as department, bool_or(is_shared) as is_shared from worker group by all
  ), known as (
    select p.*, coalesce(s.role, 0)::uinteger as role, coalesce(s.department, 0)::uinteger as department,
      coalesce(s.is_shared, false) as is_shared
    from rule_profile p left join staff s on s.who = p.who
  ), peers as (
    select role, department, count(*) as people, sum(days) as days, ${eachHour((hour) => `sum(${hour}) as ${hour}`, ', ')}
    from known group by role, department
  ), everybody as (
    select sum(days) as days, ${eachHour((hour) => `sum(${hour}) as ${hour}`, ', ')} from peers)
  select k.who, k.usr, k.role, k.department, k.is_shared, k.days, k.n,
    (${eachHour(
      (
        hour,
        place,
      ) => `if(k.${hour} <= greatest(2, 0.04 * k.days) and (k.${hour} < k.days or k.days < 3) and (k.days >= 15
        or if(p.people >= 5, p.${hour} <= 0.04 * p.days, e.${hour} <= 0.04 * e.days)), ${2 ** place}, 0)`,
      ' + ',
    )})::uinteger as rare_hours
  from known k join peers p on p.role = k.role and p.department = k.department cross join everybody e`

function eachHour(say: (name: string, hour: number) => string, link: string): string {
  return Array.from({ length: 24 }, (_, hour) => say(`h${hour}`, hour)).join(link)
}

/**
 * How many days there are, and what part of the usual volume a day has. A smaller site looks at more of its accesses, by the root:
 * where a hundredth of the usual is done, a tenth of the stories is no burden, and a hundredth would be one in a year of a kind.
 */
const volumeTable = `create or replace table rule_volume as
  select days::double as days,
    greatest(${leastScale}, if(parts < 1, sqrt(parts), parts))::double as scale,
    if((select count(*) from rule_day) <= ${fewRows}, 1, 16) as part
  from (select greatest(1, count(distinct day)) as days, coalesce(sum(n), 0) / greatest(1, count(distinct day)) / ${usualVolume} as parts
    from rule_person_day)`

/**
 * What part of unexplained pairs is at least so striking, in bits (0 or less); `pairs` is how many there are a day. The part that
 * looks so is `look`; all others are measured among those pairs that look so (`look` 2 or 3), or among all (0).
 */
const tailTable = `create or replace table rule_tail as
  with one as (
    select d.who, d.subject, count(*) as days, max(d.n) as busiest, bit_or(d.actions) as actions,
      bit_or(d.flags) as flags, bool_or(d.hours & ~p.rare_hours = 0) as is_odd, bool_and(d.is_away) as is_away
    from rule_day d join rule_person p on p.who = d.who
    where (d.who + d.subject) % (select part from rule_volume) = 0
    group by d.who, d.subject
  ), seen as (select *, ${lookSql('actions', 'is_away')} as look from one
  ), pair as (
    select * exclude (look), unnest(case look when 3 then [0, 2, 3] when 2 then [0, 2] else [0] end) as look from seen
  ), total as (
    select l.look, count(p.who) as pairs from (values (0), (2), (3)) l (look) left join pair p on p.look = l.look group by l.look
  ), everything as (
    select count(*) as pairs, count(*) filter (is_away) as away from seen
  ), counted as (
    select 'days' as name, t.look, level::integer as level, count(p.who) as count
    from total t cross join range(1, 9) l (level) left join pair p on p.look = t.look and p.days >= level group by t.look, level
    union all
    select 'busiest', t.look, level, count(p.who)
    from total t cross join range(0, 9) l (level) left join pair p on p.look = t.look and p.busiest >= 1 << level::integer
    group by t.look, level
    union all
    select unnest(['taken', 'flag', 'odd']), look, 1, unnest([
      count(*) filter (actions & ${takenBits} > 0), count(*) filter (flags & 1 > 0), count(*) filter (is_odd)])
    from pair group by look)
  select name, c.look, level, round(log2((count + 1) / (t.pairs + 1)), 1) as bits,
    e.pairs * (select part / days from rule_volume) as pairs
  from counted c join total t on t.look = c.look cross join everything e
  union all
  select 'look', t.look, 1, round(log2((t.pairs + 1) / (e.pairs + 1)), 1), e.pairs * (select part / days from rule_volume)
  from total t cross join everything e
  union all
  -- Of the dead nobody is cared for.
  select 'look of the dead', t.look, 1, round(log2((t.pairs + 1) / (if(t.look = 3, e.away, e.pairs) + 1)), 1),
    e.pairs * (select part / days from rule_volume)
  from total t cross join everything e`

const bitsOf = (name: string, level: string, of = 'story') =>
  `coalesce((select any_value(t.bits) from rule_tail t where t.name = '${name}' and t.level = ${level} and t.look = ${of}.look), 0)`

/** What of the hits counts: a surname that many bear, a house or phone of many, is no sign. */
function soundHits(parameters: ParameterValues): string {
  const { crowd = 0, rareSurname = 0 } = parameters['family'] ?? {}
  const { crowd: tower = 0 } = parameters['neighbour'] ?? {}
  const [isFamily, isNeighbour] = [`kind = ${kindCode('family')}`, `kind = ${kindCode('neighbour')}`]
  return `
    surname as (
      select surname as code, count(*) as bearers from patient
      where surname in (select other from rule_hit where ${isFamily} and what in (6, 7)) group by surname
    ), house as (
      select house as code, count(*) as people from patient
      where house in (select other from rule_hit where ${isFamily} and what = 4) group by house
    ), phone as (
      select phone as code, count(*) as people from patient
      where phone in (select other from rule_hit where ${isFamily} and what in (2, 3)) group by phone
    ), building as (
      select street as code, count(*) as people from patient
      where street in (select other from rule_hit where ${isNeighbour} and what = 1) group by street
    ), everybody as (select greatest(1, count(*)) as patients from patient
    ), place as (
      select p.patient, q.people from patient p join (select place, count(*) as people from patient group by place) q on q.place = p.place
      where p.patient in (select patient from rule_hit where ${isFamily} and what = 6)
    ), sound as (
      -- A surname is a sign as strong as few bear it: what part of all patients does, and lives in the same place.
      select h.*, s.bearers / e.patients * if(h.what = 6, coalesce(l.people / e.patients, 1), 1) as share
      from rule_hit h cross join everybody e
      left join surname s on h.${isFamily} and h.what in (6, 7) and s.code = h.other
      left join place l on h.${isFamily} and h.what = 6 and l.patient = h.patient
      left join house o on h.${isFamily} and h.what = 4 and o.code = h.other
      left join phone f on h.${isFamily} and h.what in (2, 3) and f.code = h.other
      left join building b on h.${isNeighbour} and h.what = 1 and b.code = h.other
      where coalesce(s.bearers, 0) <= greatest(3, ${rareSurname} * e.patients) and coalesce(o.people, 0) <= ${crowd}
        and coalesce(f.people, 0) <= ${crowd} and coalesce(b.people, 0) <= ${tower})`
}

const variantRows = rules.flatMap((rule) =>
  rule.about === 'pair'
    ? rule.variants.map(
        ({ code, allowance, weight }) => `(${kindCode(rule.name)}, ${code}, ${allowance ?? 'null'}::double, ${weight})`,
      )
    : [],
)

/** The part of all pairs of a person and a patient that fit a variant by themselves; where it is not known, what was found counts. */
const chanceSql = (recent: number) => `
      select ${kindCode('watched')}, 1, count(*) filter (is_watched) / greatest(1, count(*)) from patient
      union all
      select ${kindCode('deceased')}, 1, count(*) filter (died_day between d.middle - ${recent} and d.middle) / greatest(1, count(*))
        from patient cross join middle d
      union all
      select ${kindCode('deceased')}, 2, count(*) filter (died_day < d.middle - ${recent}) / greatest(1, count(*))
        from patient cross join middle d
      union all
      select ${kindCode('co-worker')}, 3, (select count(*) from worker where patient <> 0) / greatest(1, count(*)) from patient
      union all
      select ${kindCode('co-worker')}, 1, coalesce((
        select sum(people * patients) / sum(people) from (
          select count(*) as people, count(*) filter (patient <> 0) as patients from worker group by department)), 0)
        / greatest(1, count(*)) from patient`

/** Groups of one person and one household that are stories; `bits` is how far they are beyond the allowance, 0 or less. */
function passTable(parameters: ParameterValues): string {
  return `create or replace table rule_pass as
    with ${soundHits(parameters)},
    variant (kind, what, allowance, weight) as (values ${variantRows.join(', ')}),
    pairs as (select greatest(1, coalesce(max(pairs), 1)) as daily from rule_tail
    ), counted as (
      select kind, what, count(*) as count from (select distinct kind, what, who, household from sound) group by kind, what
    ), middle as (
      select (min(day) + max(day)) / 2 as middle from rule_person_day
    ), chance (kind, what, share) as (${chanceSql(parameters['deceased']?.['recent'] ?? 0)}
    ), rate as (
      -- What chance brings about is no more than what was found, and no more than twice what it would bring about if unexplained
      -- accesses went to anybody alike. Few hits, of which chance would bring about many times as many, are not chance.
      select c.kind, c.what, c.count / v.days as daily,
        case when q.weight >= ${strong} and c.count <= greatest(${few}, ${few} * v.scale * v.days / 10)
            and coalesce(x.share * p.daily * v.days > 3 * c.count, true) then 0
          else least(c.count / v.days, coalesce(2 * x.share * p.daily, 1e18)) end as noise
      from counted c cross join rule_volume v cross join pairs p
      join variant q on q.kind = c.kind and q.what = c.what
      left join chance x on x.kind = c.kind and x.what = c.what
    ), popularity as (
      select subject, count(*) as records from rule_day semi join (select distinct subject from sound where len(days) > 1) s
        on s.subject = rule_day.subject group by subject
    ), everything as (
      select greatest(1, count(*)) as records from rule_day
    ), looked as (
      select who, subject, bit_or(actions) as actions, bool_and(is_away) as is_away
      from rule_day semi join (select distinct who, subject from sound) s on s.who = rule_day.who and s.subject = rule_day.subject
      group by who, subject
    ), found as (
      select h.who, h.household, h.kind, min(h.what) as what, count(distinct h.subject) as subjects, max(len(h.days)) as days,
        max(h.busiest) as busiest, bit_or(h.actions) as actions, bit_or(h.flags) as flags,
        bool_or(h.hours & ~coalesce(p.rare_hours, 0) = 0) as is_odd,
        max(${lookSql('coalesce(l.actions, 65535)', 'coalesce(l.is_away, false)')}) as look,
        if(min(h.what) in (6, 7), min(h.share), null) as share,
        max(coalesce(u.own, 0)::double * coalesce(y.records, 0) / (select records from everything)) as chance
      from sound h left join rule_person p on p.who = h.who
      left join rule_usual u on u.who = h.who and u.look = 0
      left join popularity y on y.subject = h.subject left join looked l on l.who = h.who and l.subject = h.subject
      group by h.who, h.household, h.kind
    ), rated as (
      select f.*, case when v.allowance is null then -40
          when f.share is not null
            then round(log2(f.share * (select daily from pairs) / (v.allowance * (select scale from rule_volume))), 1)
          when r.noise = 0 then 3.5 - v.weight / 2
          else round(log2(r.noise / (v.allowance * (select scale from rule_volume))), 1) end as alone,
        least(0, round(log2(r.daily / (select daily from pairs)), 1)) as beside,
        -- How busy such hits are is read off these hits themselves, drawn towards what is so of all pairs.
        log2((count(*) over (partition by f.kind, f.what order by f.busiest desc)
            + ${drawn} * pow(2, ${bitsOf('busiest', 'least(8, floor(log2(f.busiest)))', 'f')}))
          / (count(*) over (partition by f.kind, f.what) + ${drawn})) as busy
      from found f join variant v on v.kind = f.kind and v.what = f.what join rate r on r.kind = f.kind and r.what = f.what
    ), story as (
      select who, household,
        -- Slow and striking are made of the same signs that are weighed below: they add nothing beside another rule.
        min(busy) as busy,
        min(alone - if(kind in (${kindCode('slow-series')}, ${kindCode('unexplained')}), 0, beside))
          + sum(if(kind in (${kindCode('slow-series')}, ${kindCode('unexplained')}), 0, beside)) as bits,
        max(subjects) as subjects, max(days) as days, max(busiest) as busiest, bit_or(actions) as actions,
        bit_or(flags) as flags, bool_or(is_odd) as is_odd, max(look) as look,
        max(chance) as chance, bool_or(kind = ${kindCode('deceased')}) as is_dead,
        bool_and(kind in (${kindCode('slow-series')}, ${kindCode('unexplained')})) as is_series, bool_or(kind = ${kindCode('break-glass')}) as is_broken,
        -- By which variant alone it is told, if by one that is not weighed by itself.
        if(count(*) filter (kind not in (${kindCode('slow-series')}, ${kindCode('unexplained')})) = 1 and bool_and(share is null),
          max(if(kind in (${kindCode('slow-series')}, ${kindCode('unexplained')}), null, kind)), null) as only_kind,
        max(if(kind in (${kindCode('slow-series')}, ${kindCode('unexplained')}), null, what)) as only_what
      from rated group by who, household
    ), weighed as (
    select who, household, only_kind, only_what, round(bits
        -- Who wrote into a record mostly worked, and a single access is a wrong line of a list as often as not.
        + if(look = 0, 2, 0) + if(busiest = 1 and days = 1, 1.5, 0)
        -- Whoever opens many records that nothing explains comes upon any kind of them by chance as much more often.
        + greatest(-5, least(6, coalesce(log2(greatest(0.01, (greatest(0, u.own - subjects) + u.peers) / 2) / greatest(0.01, u.mean)), 0)))
        + if(is_dead, ${bitsOf('look of the dead', '1')}, ${bitsOf('look', '1')})
        + if(is_series or look = 0, 0, ${bitsOf('days', 'least(8, greatest(1, days - floor(4 * chance)::integer))')})
        -- Looking for any of several signs finds one more often: that costs two bits.
        + least(0, 2 + least(
          if(look = 0, 0, busy),
          if(actions & ${takenBits} > 0, ${bitsOf('taken', '1')}, 0),
          if(flags & 1 > 0 and not is_broken, ${bitsOf('flag', '1')}, 0),
          if(is_odd, ${bitsOf('odd', '1')}, 0)))
        - 3 * (least(4, subjects) - 1), 1) as bits
    from story left join (select who as usual_of, look as usual_look, own, peers, mean from rule_usual) u
      on u.usual_of = who and u.usual_look = story.look
    where (not is_series or days - floor(4 * chance) >= 3)
    ), usual as (
      -- Where a variant has many hits, nearly all are daily work, and how their bits fall off tells what
      -- chance makes of it: the signs may go together at this organisation, and are then not as much as their bits say.
      select w.only_kind, w.only_what, count(*) as count, median(w.bits) as middle, quantile_cont(w.bits, 0.125) as low,
        any_value(v.allowance) as allowance
      from weighed w join variant v on v.kind = w.only_kind and v.what = w.only_what
      where v.allowance is not null
      group by w.only_kind, w.only_what having count(*) >= ${many}
    )
    select w.who, w.household, round(greatest(w.bits, coalesce(
        log2(u.count / greatest(1, u.allowance * v.scale * v.days)) - 1 - 2 * (u.middle - w.bits) / greatest(0.5, u.middle - u.low),
        w.bits)), 1) as bits
    from weighed w cross join rule_volume v left join usual u on u.only_kind = w.only_kind and u.only_what = w.only_what`
}

export interface Weighed {
  readonly kind: number
  readonly what: number
  readonly usr: number
  readonly patient: number
  readonly who: number
  readonly subject: number
  readonly household: number
  readonly figure: number
  readonly days: readonly number[]
  readonly n: number
  readonly first_at: number
  readonly last_at: number
  readonly actions: number
  readonly flags: number
  readonly bits: number
  readonly is_odd: boolean
}

/** A day of a person that a rule about days named. */
export interface WeighedDay {
  readonly kind: number
  readonly what: number
  readonly who: number
  readonly day: number
  readonly strength: number
  readonly figure: number
  readonly other: number
  readonly n: number
  readonly first_at: number
  readonly last_at: number
  /** How many times as many as the allowance are at least as strong; 1 or less. */
  readonly part: number
}

export async function weighHits(desk: Desk, parameters: ParameterValues): Promise<Weighed[]> {
  await desk.change([personTable, volumeTable, usualTable, tailTable, passTable(parameters)].map((sql) => ({ sql })))
  return desk.ask<Weighed>(
    `select h.kind, h.what, h.usr, h.patient, h.who, h.subject, h.household, h.figure, h.days, h.n, h.first_at, h.last_at,
      h.actions, h.flags, s.bits, h.hours & ~coalesce(p.rare_hours, 0) = 0 as is_odd
    from rule_hit h join rule_pass s on s.who = h.who and s.household = h.household left join rule_person p on p.who = h.who
    where s.bits <= 0
    order by h.who, h.household, h.kind, h.subject, h.usr, h.patient`,
  )
}

/**
 * The strongest days of each rule about days. How many of at least a strength are noise is read off how fast the counts fall
 * from the least strength to twice it: daily work falls off evenly, and what goes on far beyond does not belong to it.
 */
export async function weighDays(desk: Desk, parameters: ParameterValues): Promise<WeighedDay[]> {
  const weighed: WeighedDay[] = []
  for (const rule of rules.filter((one) => one.about === 'day')) {
    const allowance = rule.variants[0]?.allowance ?? 1
    weighed.push(
      ...(await desk.ask<WeighedDay>(
        `with found as materialized (${fillSql(rule.sql, parameters[rule.name] ?? {})}),
        -- A person's days are one story: each counts once, by the strongest.
        best as materialized (select who, max(strength) as strength from found group by who),
        least as (select min(strength) as strength, count(*) as all_of_them from best),
        twice as (select count(*) as times from best where strength >= 2 * (select strength from least)),
        noise as (
          select f.*, least(
              greatest(1, (select count(*) from best b where b.strength >= f.strength)),
              l.all_of_them * greatest(0.02, t.times / l.all_of_them) ** ((f.strength - l.strength) / greatest(1, l.strength))
            ) as expected,
            greatest(0.01, ${allowance} * v.scale * v.days) as most,
            l.all_of_them <= ${allowance} * greatest(${few}, ${few} * v.scale * v.days) as is_few
          from found f cross join least l cross join twice t cross join rule_volume v),
        judged as (select *, round(if(is_few, 0.5, greatest(1 / 64, expected) / most), 4) as part from noise)
        select ${kindCode(rule.name)} as kind, what::integer as what, who, day, strength::bigint as strength,
          figure::integer as figure, other::integer as other, n::bigint as n, first_at, last_at, part
        from judged where part <= 1 order by who, day`,
      )),
    )
  }
  return weighed
}
