import { createSpotlight } from '~/components/palette';

export const [paletteStore, palette] = createSpotlight();

export function openPalette(): void {
  palette.open();
}
