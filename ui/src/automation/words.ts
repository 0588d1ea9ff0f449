import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { automationNamesQuery } from '~/api/automations';
import { eventTypesQuery } from '~/api/bookings';
import { fieldsQuery } from '~/api/audience';
import { campaignNamesQuery } from '~/api/campaigns';
import { hooksQuery } from '~/api/hooks';
import { sendersQuery } from '~/api/sending';
import { membersQuery } from '~/api/settings';
import { templatesQuery } from '~/api/templates';
import { useNamed } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { ATTRIBUTES, type Attribute } from '~/rules/model';
import { EVENT_KINDS, isKnownKind, NOT_CHOSEN, type StepKind } from './model/catalog';
import { OWNER } from './model/fields';
import { armName, partsOf, type Arm, type Case, type Path } from './model/graph';
import { readSchedule } from './model/schedule';
import type { Condition, Edge, Pattern, Step, Trigger, Window } from './model/types';

export interface Choice {
  value: string;
  label: string;
}

/** The things that an automation can name, for pickers and for sentences. */
export interface Things {
  group: Choice[];
  tag: Choice[];
  segment: Choice[];
  template: Choice[];
  campaign: Choice[];
  automation: Choice[];
  event_type: Choice[];
  hook: Choice[];
  sender: Choice[];
  field: Choice[];
  /** Of the account. */
  user: Choice[];
}

export function useThings(): Things {
  const { t } = useTranslation();
  const { can, session } = useFrame();
  const group = useNamed('group');
  const tag = useNamed('tag');
  const segment = useNamed('segment');
  const templates = useQuery(templatesQuery).data;
  const campaign = useQuery(campaignNamesQuery).data;
  const automation = useQuery(automationNamesQuery).data;
  const eventTypes = useQuery({ ...eventTypesQuery, enabled: can('bookings:read') }).data;
  const hooks = useQuery({ ...hooksQuery, refetchInterval: false }).data;
  const senders = useQuery({ ...sendersQuery, enabled: can('settings:read') }).data;
  const fields = useQuery({ ...fieldsQuery, enabled: can('audience:read') }).data;
  const members = useQuery({ ...membersQuery, enabled: can('users:manage') }).data;
  const { id: me, name: myName } = session.user;
  return useMemo(
    () => ({
      group,
      tag,
      segment,
      template: (templates ?? []).map(({ id, name }) => ({ value: id, label: name })),
      campaign: campaign ?? [],
      automation: automation ?? [],
      event_type: (eventTypes ?? []).map(({ id, title }) => ({ value: id, label: title })),
      hook: (hooks ?? []).map(({ id, name }) => ({ value: id, label: name })),
      sender: (senders ?? []).map(({ id, name, email }) => ({ value: id, label: `${name} <${email}>` })),
      field: [
        ...(Object.keys(ATTRIBUTES) as Attribute[]).map((name) => ({ value: name, label: t(`attribute.${name}`) })),
        { value: OWNER, label: t('attribute.owner') },
        ...(fields ?? []).map(({ key, name }) => ({ value: key, label: name })),
      ],
      // Who may not see the others can name themselves.
      user: members?.map(({ id, name }) => ({ value: id, label: name })) ?? [{ value: me, label: myName }],
    }),
    [group, tag, segment, templates, campaign, automation, eventTypes, hooks, senders, fields, members, me, myName, t],
  );
}

export interface Words {
  kind: (kind: string) => string;
  title: (step: Step) => string;
  /** What a step does, in a line; what it still needs is said too. */
  step: (step: Step) => string;
  edge: (edge: Edge, step: Step) => string;
  event: (pattern: Pattern | undefined) => string;
  trigger: (trigger: Trigger) => string;
  condition: (condition: Condition | undefined) => string;
  window: (window: Window | undefined) => string;
}

type Length = { days?: number; hours?: number; minutes?: number };

export function lengthWords(t: TFunction, { days = 0, hours = 0, minutes = 0 }: Length): string {
  const parts = [
    days > 0 && t('automation.days', { count: days }),
    hours > 0 && t('automation.hours', { count: hours }),
    minutes > 0 && t('automation.minutes', { count: minutes }),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(' ') : t('automation.no_time');
}

/** Minutes in larger units, as far as they are whole. */
export function minutesWords(t: TFunction, minutes: number): string {
  return lengthWords(t, { days: Math.floor(minutes / 1440), hours: Math.floor((minutes % 1440) / 60), minutes: minutes % 60 });
}

/** When a schedule comes; what programs wrote otherwise is shown as they did. */
export function scheduleWords(t: TFunction, line: unknown): string {
  const schedule = readSchedule(line);
  if (!schedule) return String(line);
  const { at } = schedule;
  if (schedule.every === 'day') return t('automation.schedule_day', { at });
  if (schedule.every === 'week') return t('automation.schedule_week', { at, days: schedule.weekdays.map((day) => t(`weekday.${day}`)).join(', ') });
  const days = schedule.days.map((day) => (day === 'last' ? t('automation.schedule_last') : t('automation.schedule_nth', { day })));
  return t('automation.schedule_month', { at, days: days.join(', ') });
}

const NO_STEPS: readonly Step[] = [];

/** `steps` are those that events can be about. */
export function useWords(things: Things, steps: readonly Step[] = NO_STEPS): Words {
  const { t } = useTranslation();
  const format = useFormats();
  return useMemo(() => wordsOf(t, format, things, steps), [t, format, things, steps]);
}

function wordsOf(t: TFunction, format: ReturnType<typeof useFormats>, things: Things, steps: readonly Step[]): Words {
  const named = (kind: keyof Things, id: unknown): string => {
    if (typeof id !== 'string' || id === '' || id === NOT_CHOSEN) return t('automation.not_chosen');
    return things[kind].find(({ value }) => value === id)?.label ?? `? ${id}`;
  };
  const kindWords = (kind: string) => (isKnownKind(kind) ? t(`step_kind.${kind}`) : kind);
  const titleOf = (step: Step) => step.name ?? kindWords(step.kind);
  const windowWords = (window: Window | undefined): string => {
    const { weekdays = [], from, to } = window ?? {};
    const days = weekdays.length > 0 ? weekdays.map((day) => t(`weekday.${day}`)).join(', ') : t('automation.every_day');
    return from || to ? t('automation.window_words', { days, from: from ?? '00:00', to: to ?? '24:00' }) : days;
  };
  const event = (pattern: Pattern | undefined): string => {
    if (!pattern) return '';
    const words = pattern.event in EVENT_KINDS ? t(`automation_event.${pattern.event as 'group.joined'}`) : pattern.event;
    const parts = (EVENT_KINDS[pattern.event] ?? []).flatMap(({ name, form }) => {
      const value = pattern.with?.[name];
      if (value === undefined || value === '') return [];
      if (form === 'status') return [t(`status.${value as 'active'}`)];
      if (form === 'schedule') return [scheduleWords(t, value)];
      if (form === 'minutes') return [minutesWords(t, Number(value))];
      if (form === 'no_show_by') return [t(`booking.no_show_${value as 'guest'}`)];
      if (form === 'step') {
        const step = steps.find(({ id }) => id === value);
        return [step ? titleOf(step) : String(value)];
      }
      const of = form === 'date_field' ? 'field' : form;
      return [of in things ? named(of as keyof Things, value) : String(value)];
    });
    return parts.length > 0 ? `${words}: ${parts.join(', ')}` : words;
  };
  const condition = (given: Condition | undefined): string => {
    if (!given) return '';
    if (given.contact) return t('automation.if_contact');
    if (given.var) return t('automation.if_var', { name: given.var.var });
    if (given.time) return t('automation.if_time', { window: windowWords(given.time.within) });
    return t('automation.if_several');
  };
  const does: Partial<Record<StepKind, (step: Step) => string>> = {
    send_email: ({ with: w }) => named('template', w?.template),
    wait: ({ with: w }) => {
      const length = lengthWords(t, (w ?? {}) as Length);
      return w?.at ? t('automation.wait_at', { length, time: w.at }) : length;
    },
    wait_until_date: ({ with: w }) => String(w?.at ?? '').replace('T', ' ').slice(0, 16),
    wait_until_field: ({ with: w }) => {
      const field = named('field', w?.field);
      if (w?.before) return t('automation.before_field', { length: lengthWords(t, w.before as Length), field });
      return w?.after ? t('automation.after_field', { length: lengthWords(t, w.after as Length), field }) : field;
    },
    wait_for_window: ({ with: w }) => windowWords(w?.within as Window | undefined),
    wait_for_any: (step) => {
      const length = lengthWords(t, (step.with?.timeout ?? {}) as Length);
      return t('automation.at_most', { length });
    },
    if_else: ({ with: w }) => condition(w?.if as Condition | undefined),
    first_match: (step) => t('automation.cases', { count: partsOf<Case>(step).length }),
    random_split: (step) => {
      const arms = partsOf<Arm>(step);
      const sum = arms.reduce((all, { weight }) => all + weight, 0) || 1;
      return arms.map(({ weight }) => format.percent(weight / sum)).join(' / ');
    },
    add_group: ({ with: w }) => named('group', w?.group),
    remove_group: ({ with: w }) => named('group', w?.group),
    add_tag: ({ with: w }) => named('tag', w?.tag),
    remove_tag: ({ with: w }) => named('tag', w?.tag),
    set_field: ({ with: w }) => {
      const value = typeof w?.value === 'boolean' ? t(w.value ? 'value.yes' : 'value.no') : String(w?.value ?? w?.from ?? '');
      return `${named('field', w?.field)} = ${w?.field === OWNER ? named('user', w.value) : value}`;
    },
    clear_field: ({ with: w }) => named('field', w?.field),
    increment_field: ({ with: w }) => `${named('field', w?.field)} ${Number(w?.by) < 0 ? '−' : '+'} ${format.number(Math.abs(Number(w?.by ?? 1)))}`,
    set_status: ({ with: w }) => (typeof w?.status === 'string' ? t(`status.${w.status as 'active'}`) : ''),
    notify_team: ({ with: w }) => String(w?.subject ?? ''),
    http_call: ({ with: w }) => `${String(w?.method ?? 'POST')} ${String(w?.url ?? '')}`,
    start_automation: ({ with: w }) => named('automation', w?.automation),
  };
  const step = (one: Step): string => (isKnownKind(one.kind) ? (does[one.kind]?.(one) ?? '') : '');
  return {
    kind: kindWords,
    title: titleOf,
    step,
    event,
    condition,
    window: windowWords,
    trigger: ({ on }) => event(on),
    edge: ({ label, part = 0 }, from) => {
      if (label === 'case') return condition(partsOf<Case>(from)[part]?.if);
      if (label === 'arm') {
        const arms = partsOf<Arm>(from);
        const sum = arms.reduce((all, { weight }) => all + weight, 0) || 1;
        return `${armName(arms, part)} · ${format.percent((arms[part]?.weight ?? 0) / sum)}`;
      }
      if (label === 'path') {
        const path = partsOf<Path>(from)[part];
        return path?.on ? event(path.on) : condition(path?.when);
      }
      if (label === 'next') {
        if (from.kind === 'first_match') return t('automation.otherwise');
        if (from.kind === 'wait_for_any') return t('automation.timeout');
        return t('automation.goes_well');
      }
      return t(`automation.way_${label as 'then'}`);
    },
  };
}
