import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import ts from 'typescript';
import { root } from '../support/stack.js';

/** Not nodenext, whose answer depends on the nearest package.json; the output is the same. */
const module = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler } as const;

let options: ts.CompilerOptions | undefined;

function compilerOptions(): ts.CompilerOptions {
  if (options) return options;
  const file = join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(file, (path) => readFileSync(path, 'utf8')) as {
    config: { compilerOptions: object };
  };
  const read = ts.convertCompilerOptionsFromJson(config.compilerOptions, root).options;
  return (options = { ...read, ...module, sourceMap: false });
}

/**
 * One file, as `nest build` compiles it: the same options, and imports of our libraries by their place. Without the rest of
 * the program TypeScript cannot know that an injected type is a class, and asks at run time; that question is taken out.
 * The swagger plugin is not run, so controllers, requests and responses are not for this.
 * @throws when the text is no TypeScript.
 */
export function transpile(file: string, text: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    fileName: join(root, file),
    compilerOptions: compilerOptions(),
    reportDiagnostics: true,
  });
  const [flaw] = diagnostics;
  if (flaw) throw new Error(`${file} does not compile: ${ts.flattenDiagnosticMessageText(flaw.messageText, '\n')}`);
  return outputText
    .replaceAll(/from '@halfway\/(\w+)'/g, (_, library: string) => {
      const place = posix.relative(posix.dirname(file), `libs/${library}/src/index.js`);
      return `from "${place}"`;
    })
    .replaceAll(/typeof \((_\w) = typeof (\w+) !== "undefined" && \2\) === "function" \? \1 : Object/g, '$2')
    .replace(/^var _\w(?:, _\w)*;\n/m, '');
}

/**
 * Whether two texts are the same program. The printer breaks lines by what else it knows, maps are left out, and a parameter
 * whose type is a function from another file is an Object to who sees only this one (it is injected by a token).
 */
export function isSameCode(one: string, other: string): boolean {
  const bare = (text: string): string =>
    text
      .replace(/^\/\/# sourceMappingURL=.*$/m, '')
      .replaceAll(/\s+/g, '')
      .replaceAll(/__metadata\("design:[^)]*\)/g, (types) => types.replaceAll('Function', 'Object'));
  return bare(one) === bare(other);
}

/** Where the build puts what it makes of a source file. */
export const builtFile = (dist: string, file: string): string =>
  join(dist, dirname(file), posix.basename(file, '.ts')) + '.js';
