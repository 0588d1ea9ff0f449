import { queryOptions } from '@tanstack/react-query';
import { api, body, ifMatch } from './client';
import type { Brand, BrandInput } from './schema';

export const brandQuery = queryOptions({ queryKey: ['brand'], staleTime: 30_000, queryFn: () => body(api.GET('/api/brand')) });

export function setBrand(brand: BrandInput, version: number): Promise<Brand> {
  return body(api.PUT('/api/brand', { body: brand, headers: ifMatch(version) }));
}
