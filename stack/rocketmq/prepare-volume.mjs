// For docker-compose.yml: what the launcher does before it starts the JVMs, done on a volume. Usage: prepare-volume.mjs FOLDER
import { join, resolve } from 'node:path';
import { defaultPorts } from '../ports.mjs';
import { runMain } from '../run-main.mjs';
import { StackError } from '../stack-error.mjs';
import { provision, readTopology } from './provision.mjs';
import { renderConfiguration } from './render.mjs';

await runMain(() => {
  const [, , folder] = process.argv;
  if (!folder) throw new StackError('No folder given. Usage: node stack/rocketmq/prepare-volume.mjs FOLDER');
  const store = join(resolve(folder), 'store');
  renderConfiguration(folder, {
    profile: 'default',
    ports: defaultPorts,
    store,
    advertisedHost: process.env.ADVERTISED_HOST || '127.0.0.1',
    namesrvHost: process.env.NAMESRV_HOST || '127.0.0.1',
    bindHost: '0.0.0.0', // a container of its own: the network around it is the wall
  });
  provision(store, readTopology());
});
