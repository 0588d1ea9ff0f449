import { expect, it } from 'vitest';
import { faultsOf, pathsOf, placeOfFault } from './faults';
import type { BlockDocument } from './model/types';

const document: BlockDocument = {
  version: 1,
  settings: {},
  blocks: [
    { id: 'a', type: 'text', props: { html: '' } },
    {
      id: 's',
      type: 'section',
      props: { blocks: [{ id: 'c', type: 'columns', props: { columns: [{ id: 'c1', blocks: [] }, { id: 'c2', blocks: [{ id: 'b', type: 'button', props: {} }] }] } }] },
    },
  ],
};

it('finds the block that the server means', () => {
  const paths = pathsOf(document);
  expect(placeOfFault(paths, 'content.body.document.blocks[1].props.blocks[0].props.columns[1].blocks[0].props.href')).toEqual({ block: 'b', key: 'href' });
  expect(placeOfFault(paths, 'body.document.blocks[0].props.html')).toEqual({ block: 'a', key: 'html' });
  expect(placeOfFault(paths, 'body.document.blocks[0].visibility')).toEqual({ block: 'a', key: '' });
  expect(placeOfFault(paths, 'content.subject')).toBeNull();
  expect(faultsOf(document, [{ field: 'body.document.blocks[0].props.html', message: 'm' }]).get('a')).toEqual({ html: 'm' });
});
