// Imported before a server: says at its end which packages it loaded.
import { registerHooks } from 'node:module';

const loaded = new Set<string>();
registerHooks({
  load: (url, context, next) => {
    const [, name] =
      /(?:\/node_modules\/|\/packages\/)((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url) ?? [];
    if (name !== undefined) loaded.add(name);
    return next(url, context);
  },
});
process.once('exit', () => process.stderr.write(`loaded: ${[...loaded].join(' ')}\n`));
