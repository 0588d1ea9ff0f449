import { useQuery } from '@tanstack/react-query';
import { createContext, useContext, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldsQuery } from '~/api/audience';
import { useFrame } from '~/frame/context';
import type { MergeTag } from './model/merge';

const STANDARD = {
  first_name: 'merge.first_name',
  last_name: 'merge.last_name',
  email: 'merge.email',
  'account.name': 'merge.account_name',
  'account.address': 'merge.account_address',
  unsubscribe_url: 'merge.unsubscribe_url',
  web_version_url: 'merge.web_version_url',
} as const;

const NONE: readonly string[] = [];

/** What merge tags are called, by their name in texts; a template's own names first. */
export function useMergeNames(variables: readonly string[] = NONE): Map<string, string> {
  const { t } = useTranslation();
  const { can } = useFrame();
  const fields = useQuery({ ...fieldsQuery, enabled: can('audience:read') });
  return useMemo(() => {
    const names = new Map<string, string>([...variables.map((name) => [name, name] as const), ...(fields.data ?? []).map(({ key, name }) => [key, name] as const)]);
    for (const [name, key] of Object.entries(STANDARD)) names.set(name, t(key));
    // They win over what else is called so.
    for (const name of variables) names.set(name, name);
    return names;
  }, [fields.data, variables, t]);
}

export const MergeNames = createContext<Map<string, string>>(new Map());

export function labelOf(names: Map<string, string>, { name, expression }: MergeTag): string {
  return name === null ? expression : (names.get(name) ?? name);
}

export function useMergeLabel(): (tag: MergeTag) => string {
  const names = useContext(MergeNames);
  return (tag) => labelOf(names, tag);
}
