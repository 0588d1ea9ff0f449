import { createContext, useContext } from 'react';
import { listsOf, walk } from './model/tree';
import type { BlockDocument } from './model/types';

/** What the server says about a property of a block. */
export type BlockFaults = Map<string, Record<string, string>>;

export const FaultsContext = createContext<BlockFaults>(new Map());

export function useFault(block: string): (key: string) => string | undefined {
  const faults = useContext(FaultsContext).get(block);
  return (key) => faults?.[key];
}

/** The path of each block, as the server names it: `blocks[1].props.columns[0].blocks[2]`. */
export function pathsOf(document: BlockDocument): Map<string, string> {
  const paths = new Map<string, string>();
  const lists = new Map<string | null, string>([[null, 'blocks']]);
  for (const { block, place } of walk(document)) {
    const path = `${lists.get(place.list)}[${place.index}]`;
    paths.set(path, block.id);
    for (const [index, { list }] of listsOf(block).entries()) {
      lists.set(list, block.type === 'columns' ? `${path}.props.columns[${index}].blocks` : `${path}.props.blocks`);
    }
  }
  return paths;
}

/** Which block and property a field such as `content.body.document.blocks[3].props.href` is. */
export function placeOfFault(paths: Map<string, string>, field: string): { block: string; key: string } | null {
  const path = field.replace(/^content\./, '').replace(/^body\.document\./, '');
  const longest = [...paths.keys()].filter((one) => path === one || path.startsWith(`${one}.`)).sort((a, b) => b.length - a.length)[0];
  if (!longest) return null;
  const key = /^\.props\.(\w+)/.exec(path.slice(longest.length))?.[1] ?? '';
  return { block: paths.get(longest)!, key };
}

export function faultsOf(document: BlockDocument, faults: { field: string; message: string }[]): BlockFaults {
  const paths = pathsOf(document);
  const found: BlockFaults = new Map();
  for (const { field, message } of faults) {
    const place = placeOfFault(paths, field);
    if (place) found.set(place.block, { ...found.get(place.block), [place.key]: message });
  }
  return found;
}
