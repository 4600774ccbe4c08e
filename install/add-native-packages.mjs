import { spawnSync } from 'node:child_process';

/**
 * Runs after `npm ci` and `npm install`. The compiler and the linter come as one optional package for each platform, and
 * npm leaves out those that do not support its own Node. The project runs on the Node of its `node` package, which they
 * do support, so an npm under an older Node is run once more under that one. It then adds what is missing, and nothing else.
 */
const [, nodeOfNpm] = /\bnode\/v(\d+)/.exec(process.env.npm_config_user_agent ?? '') ?? [];
const nodeOfProject = process.versions.node.split('.')[0];

if (nodeOfNpm !== undefined && Number(nodeOfNpm) < Number(nodeOfProject)) {
  const { status } = spawnSync(
    process.execPath,
    [
      '--no-deprecation',
      process.env.npm_execpath,
      'install',
      '--no-save',
      '--ignore-scripts',
      '--silent',
    ],
    { stdio: 'inherit' },
  );
  if (status !== 0) {
    process.stderr.write(
      `npm could not add the packages of this platform under Node ${nodeOfProject}. ` +
        `Install npm 10 or later with Node ${nodeOfProject} (https://nodejs.org), then run npm ci again.\n`,
    );
    process.exit(1);
  }
}
