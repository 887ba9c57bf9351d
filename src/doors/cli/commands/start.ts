import { command } from '../command.ts';

export const start = command({
  name: 'start',
  summary: 'Start the gateway, and stop it with Ctrl-C.',
  about: [
    'The first start makes the data folder: the database, the root key, a certificate and a sandbox to try it with. It prints\nwhere the API is, a key for the sandbox, and a curl line that works as it stands. Later starts keep all of that.',
    'Settings come from sallyport.yaml in the working directory and from the environment; docs/reference/settings.md lists\nthem. The data folder is the setting dataFolder, or SALLYPORT_DATA_FOLDER.',
  ],
  options: {},
  example: 'start',
});
