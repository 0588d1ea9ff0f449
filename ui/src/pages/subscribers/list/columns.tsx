import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import type { Field, Subscriber } from '~/api/schema';
import { SubscriberStatus } from '~/components';
import type { Formats } from '~/i18n/format';

export interface Column {
  /** As saved views name it. */
  key: string;
  label: string;
  /** In pixels; with `grow` it takes its share of what is left. */
  min: number;
  grow?: number;
  cell: (person: Subscriber) => ReactNode;
}

export interface Names {
  groups: ReadonlyMap<string, string>;
  tags: ReadonlyMap<string, string>;
}

export const DEFAULT_COLUMNS = ['status', 'groups', 'created_at', 'last_activity_at'];

/** All that a list of people can show beside who it is. */
export function columns(t: TFunction, format: Formats, fields: Field[], names: Names): Column[] {
  const list = (ids: string[], known: ReadonlyMap<string, string>) => ids.map((id) => known.get(id) ?? '…').join(', ');
  const standard: Column[] = [
    { key: 'status', label: t('subscriber.status'), min: 130, cell: (person) => <SubscriberStatus status={person.status} /> },
    { key: 'groups', label: t('nav.groups'), min: 140, grow: 1.2, cell: (person) => list(person.groups, names.groups) },
    { key: 'tags', label: t('nav.tags'), min: 120, grow: 1, cell: (person) => list(person.tags, names.tags) },
    { key: 'score', label: t('subscriber.score'), min: 90, cell: (person) => format.number(person.score) },
    { key: 'phone', label: t('subscriber.phone'), min: 140, cell: (person) => person.phone },
    { key: 'language', label: t('subscriber.language'), min: 100, cell: (person) => person.language },
    { key: 'time_zone', label: t('subscriber.time_zone'), min: 150, cell: (person) => person.time_zone },
    { key: 'source', label: t('subscriber.source'), min: 110, cell: (person) => t(`source.${person.source}`) },
    { key: 'created_at', label: t('subscriber.added'), min: 130, cell: (person) => format.date(person.created_at) },
    {
      key: 'last_activity_at',
      label: t('subscriber.last_activity'),
      min: 150,
      cell: (person) => (person.last_activity_at ? format.ago(person.last_activity_at) : '–'),
    },
  ];
  const custom = fields
    .filter((field) => field.visibility === 'visible')
    .map((field) => ({
      key: `fields.${field.key}`,
      label: field.name,
      min: 110, grow: 1,
      cell: (person: Subscriber) => fieldText(t, format, field, person.fields[field.key as keyof typeof person.fields]),
    }));
  return [...standard, ...custom];
}

/** The value of a custom field as people read it. */
export function fieldText(t: TFunction, format: Formats, field: Field, value: unknown): string {
  if (value === undefined || value === null) return '–';
  switch (field.kind) {
    case 'boolean':
      return value ? t('value.yes') : t('value.no');
    case 'number':
      return typeof value === 'number' ? format.number(value) : String(value);
    case 'date':
      return format.date(String(value));
    default:
      return String(value);
  }
}
