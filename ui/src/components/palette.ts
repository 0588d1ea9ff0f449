// The command palette loads with the frame; everything else of this library part stays out of the first load.
export { createSpotlight, Spotlight } from '@mantine/spotlight';
